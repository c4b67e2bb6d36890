import fc from 'fast-check'
import { expect, test } from 'vitest'
import { costOf, type Rates, rateOf } from '../../../src/settle/prices/call-cost.ts'
import { call } from './call.ts'

const flat = (dollars: number) => [{ above: 0, rate: rateOf(dollars) }]

/** 1, 0.1, 2, 4 and 8 dollars per million tokens, and 5 nano-dollars a call. */
const rates: Rates = {
  provider: null,
  input: flat(1),
  cacheRead: flat(0.1),
  cacheWrite: flat(2),
  output: flat(4),
  reasoning: flat(8),
  request: 5_000_000n,
}

test('every token is priced once, by the part that it belongs to', () => {
  const counters = { prompt: 100, cacheRead: 40, cacheWrite: 20, completion: 30, reasoning: 10 }
  expect(costOf(rates, { ...call, ...counters })).toBe(40 * 1_000 + 40 * 100 + 20 * 2_000 + 20 * 4_000 + 10 * 8_000 + 5)
})

test('more reasoning than completion counts as the completion, more cached than prompt as no uncached input', () => {
  expect(costOf(rates, { ...call, completion: 3, reasoning: 7 })).toBe(3 * 8_000 + 5)
  expect(costOf(rates, { ...call, prompt: 3, cacheRead: 7 })).toBe(7 * 100 + 5)
})

test('a prompt above a mark makes all its tokens dearer', () => {
  const tiered = { ...rates, request: 0n, input: [...flat(1), { above: 200, rate: rateOf(2) }] }
  expect([200, 201].map((prompt) => costOf(tiered, { ...call, prompt }))).toEqual([200_000, 402_000])
})

test('a cost is rounded half to even, once', () => {
  const tiny = { ...rates, request: 0n, input: flat(0.0000005) }
  expect([1_000, 1_001, 3_000].map((prompt) => costOf(tiny, { ...call, prompt }))).toEqual([0, 1, 2])
})

test('a cost is whole, never negative, and at most the last value of its column', () => {
  const count = fc.nat(2_147_483_647)
  fc.assert(
    fc.property(count, count, count, count, count, (prompt, completion, cacheRead, cacheWrite, reasoning) => {
      const cost = costOf(rates, { ...call, prompt, completion, cacheRead, cacheWrite, reasoning })
      expect(Number.isInteger(cost) && cost >= 0 && cost <= 9_999_999_999_000).toBe(true)
    }),
  )
})
