import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { compareVersions } from '../../../src/settle/tree/compare-versions.ts'
import { at, span } from '../facts.ts'

const version = (other: Partial<Facts>) => span(1, 0, other)
const digest = (digit: string) => digit.repeat(64)

test.each<[string, Partial<Facts>, Partial<Facts>]>([
  [
    'one that has ended beats an open one that has more of everything',
    { digest: digest('1') },
    { open: true, endNs: at(9), attributeCount: 9, digest: digest('2') },
  ],
  [
    'a later end beats more attributes',
    { endNs: at(9), digest: digest('1') },
    { attributeCount: 9, digest: digest('2') },
  ],
  ['more attributes beat a greater digest', { attributeCount: 9, digest: digest('1') }, { digest: digest('2') }],
  ['of equals the greater digest wins', { digest: digest('2') }, { digest: digest('1') }],
])('%s', (_, winner, loser) => {
  expect(compareVersions(version(winner), version(loser))).toBeGreaterThan(0)
  expect(compareVersions(version(loser), version(winner))).toBeLessThan(0)
})

test('two versions with one digest are the same', () => {
  expect(compareVersions(version({ attributeCount: 1 }), version({ attributeCount: 2 }))).toBe(0)
})
