import { expect, test } from 'vitest'
import { compareNs, earliestFirst, laterOf, latestFirst } from '../../../src/settle/share/times.ts'

const times = [0n, 9n, 10n, 1_790_000_000_000_000_000n, 1_790_000_000_000_000_001n, 18_446_744_073_709_551_615n]

test('of two times the later one is taken, whichever comes first', () => {
  expect([laterOf(1n, 2n), laterOf(2n, 1n), laterOf(2n, 2n)]).toEqual([2n, 2n, 2n])
})

test('times compare as numbers, not as texts', () => {
  expect([...times].reverse().sort(compareNs)).toEqual(times)
  expect(compareNs(7n, 7n)).toBe(0)
})

test('as text, earlier or later times come first, up to the greatest unsigned 64-bit number', () => {
  expect(times.map(earliestFirst).sort()).toEqual(times.map(earliestFirst))
  expect(times.map(latestFirst).sort()).toEqual(times.map(latestFirst).reverse())
})

test('the texts keep their format, because they are stored', () => {
  expect(earliestFirst(1_790_000_000_000_000_000n)).toBe('01790000000000000000')
  expect(latestFirst(1_790_000_000_000_000_000n)).toBe('98209999999999999999')
})
