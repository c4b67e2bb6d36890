import fc from 'fast-check'
import { expect, test } from 'vitest'
import { costOf, type Rates } from '../../../src/settle/prices/call-cost.ts'
import { stepsOf } from '../../../src/settle/prices/price-list.ts'
import { standard } from '../../../src/settle/prices/service-tier.ts'
import { call, noParts } from './call.ts'

const million = (dollars: number) => stepsOf(dollars, 1e6)

/** Dollars per million tokens, and per thousand searches or calls. */
const rates: Rates = {
  input: million(1),
  cache_read: million(0.1),
  cache_write: million(2),
  cache_write_1h: million(3),
  audio_input: million(5),
  image_input: million(6),
  output: million(4),
  reasoning: million(8),
  audio_output: million(20),
  image_output: million(30),
  web_search: stepsOf(10, 1e3),
  request: stepsOf(0.000005, 1e3),
}

test('every token is priced once, by the part that it belongs to', () => {
  const counters = { prompt: 100, cacheRead: 40, cacheWrite: 20, completion: 30, reasoning: 10 }
  const parts = {
    ...noParts,
    cacheWrite1h: 5,
    audioInput: 7,
    imageInput: 3,
    audioOutput: 6,
    imageOutput: 4,
    webSearches: 2,
  }
  expect(costOf(rates, { ...call, ...counters, parts }, standard)).toEqual({
    costNano: 30_000 + 4_000 + 30_000 + 15_000 + 35_000 + 18_000 + 40_000 + 80_000 + 120_000 + 120_000 + 20_000_000 + 5,
    parts: {
      input: 30_000,
      cache_read: 4_000,
      cache_write: 30_000,
      cache_write_1h: 15_000,
      audio_input: 35_000,
      image_input: 18_000,
      output: 40_000,
      reasoning: 80_000,
      audio_output: 120_000,
      image_output: 120_000,
      web_search: 20_000_000,
      request: 5,
    },
  })
})

test('a part without a price of its own costs as the whole that it belongs to', () => {
  const few: Rates = { input: million(1), cache_write: million(2), output: million(4) }
  const counters = { prompt: 10, cacheRead: 4, cacheWrite: 3, completion: 6, reasoning: 2 }
  const parts = { ...noParts, cacheWrite1h: 1, audioInput: 2, audioOutput: 3, webSearches: 1 }
  expect(costOf(few, { ...call, ...counters, parts }, standard).costNano).toBe(7 * 1_000 + 3 * 2_000 + 6 * 4_000)
})

test('more reasoning than completion counts as the completion, more cached than prompt as no uncached input', () => {
  expect(costOf(rates, { ...call, completion: 3, reasoning: 7 }, standard).costNano).toBe(3 * 8_000 + 5)
  expect(costOf(rates, { ...call, prompt: 3, cacheRead: 7 }, standard).costNano).toBe(7 * 100 + 5)
})

test('a prompt above a step makes all its tokens dearer', () => {
  const stepped = { input: [...million(1), { above: 200, rate: million(2)[0]!.rate }] }
  const costs = [200, 201].map((prompt) => costOf(stepped, { ...call, prompt }, standard).costNano)
  expect(costs).toEqual([200_000, 402_000])
})

test('a cost is rounded half to even, once', () => {
  const tiny = { input: million(0.0000005) }
  const costs = [1_000, 1_001, 3_000].map((prompt) => costOf(tiny, { ...call, prompt }, standard).costNano)
  expect(costs).toEqual([0, 1, 2])
})

test('the service tier multiplies tokens, and no searches', () => {
  const half = { numerator: 1n, denominator: 2n }
  const searched = { ...call, prompt: 100, parts: { ...noParts, webSearches: 1 } }
  expect(costOf({ ...rates, request: [] }, searched, half).parts).toEqual({ input: 50_000, web_search: 10_000_000 })
})

test('the parts sum to the cost, which is whole, never negative, and at most the last value of its column', () => {
  const count = fc.nat(2_147_483_647)
  const part = fc.option(fc.nat(100_000), { nil: null })
  const parts = fc.record({
    cacheWrite1h: part,
    audioInput: part,
    audioOutput: part,
    imageInput: part,
    imageOutput: part,
    webSearches: part,
    serviceTier: fc.constant(null),
  })
  const counters = fc.record({
    prompt: count,
    completion: count,
    cacheRead: count,
    cacheWrite: count,
    reasoning: count,
  })
  const factor = fc.record({ numerator: fc.bigInt(1n, 20n), denominator: fc.bigInt(1n, 11n) })
  const rate = fc.double({ min: 0, max: 100, noNaN: true }).map(million)
  fc.assert(
    fc.property(counters, parts, factor, rate, rate, (tokens, stated, tier, input, output) => {
      const cost = costOf({ ...rates, input, output }, { ...call, ...tokens, parts: stated }, tier)
      expect(Number.isInteger(cost.costNano) && cost.costNano >= 0 && cost.costNano <= 9_999_999_999_000).toBe(true)
      const sum = Object.values(cost.parts).reduce((all, one) => all + one, 0)
      expect(sum).toBe(cost.costNano)
    }),
  )
})
