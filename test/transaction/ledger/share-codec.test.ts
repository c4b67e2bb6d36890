import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { settle } from '../../../src/settle/settle.ts'
import { noShare } from '../../../src/settle/share/share.ts'
import { fromExactJson, shareFromText, shareToText, toExactJson } from '../../../src/transaction/ledger/share-codec.ts'
import { factSets } from '../../settle/arbitrary.ts'
import { fixedPrice } from '../../support/prices.ts'

const price = fixedPrice(12_345)

test('shares are read as they were written', () => {
  let shares = 0
  fc.assert(
    fc.property(factSets, (set) => {
      for (const trace of new Set(set.map((facts) => facts.trace))) {
        const own = set.filter((facts) => facts.trace === trace)
        for (const { after } of settle(emptyTrace(trace), own, price).shares) {
          expect(shareFromText(shareToText(after))).toEqual(after)
          shares++
        }
      }
    }),
    { numRuns: 100 },
  )
  expect(shares).toBeGreaterThan(50)
})

test('the text of a share is what older rows have', () => {
  expect(shareToText(noShare)).toBe(
    '{"nodes":0,"sums":{"prompt":0,"completion":0,"cacheRead":0,"cacheWrite":0,"costNano":"0","calls":0,"cacheHits":0,"unpriced":0,"cutOff":0,"unaccounted":0,"tools":0},"best":[],"entry":null,"agents":[],"models":[],"providers":[],"tools":[]}',
  )
})

test('Maps and bigints are read as they were written', () => {
  const value = { a: 3n, b: new Map([['x', 1]]), c: [null, 'text', new Map([['y', { z: -1n }]])] }
  expect(toExactJson(value)).toBe(
    '{"a":{"$int":"3"},"b":{"$map":[["x",1]]},"c":[null,"text",{"$map":[["y",{"z":{"$int":"-1"}}]]}]}',
  )
  expect(fromExactJson(toExactJson(value))).toEqual(value)
})
