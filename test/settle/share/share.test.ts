import { expect, test } from 'vitest'
import { addCount, addCounts, addSums, noShare, noSums, type Sums } from '../../../src/settle/share/share.ts'

// every field differs, so that none can be taken for another
const sums = Object.fromEntries(Object.keys(noSums).map((name, i) => [name, i + 1])) as unknown as Sums
const some: Sums = { ...sums, costNano: 5n }

test('sums are added and taken away field by field', () => {
  const doubled = Object.fromEntries(
    Object.entries(some).map(([name, value]) => [name, (value as number) + (value as number)]),
  )
  expect(addSums(some, some, 1)).toEqual({ ...doubled, costNano: 10n })
  expect(addSums(addSums(noSums, some, 1), some, -1)).toEqual(noSums)
  expect(addSums(noSums, some, -1).costNano).toBe(-5n)
})

test('a count of 0 has no entry', () => {
  const counts = new Map([['a', 1]])
  addCount(counts, 'a', 2)
  addCount(counts, 'b', 1)
  expect([...counts]).toEqual([
    ['a', 3],
    ['b', 1],
  ])
  addCount(counts, 'a', -3)
  expect([...counts]).toEqual([['b', 1]])
})

test('counts are added and taken away name by name, and the given counts stay as they are', () => {
  const [a, b] = [
    new Map([['x', 2]]),
    new Map([
      ['x', 1],
      ['y', 4],
    ]),
  ]
  expect(Object.fromEntries(addCounts(a, b, 1))).toEqual({ x: 3, y: 4 })
  expect(Object.fromEntries(addCounts(addCounts(a, b, 1), b, -1))).toEqual({ x: 2 })
  expect([Object.fromEntries(a), Object.fromEntries(b)]).toEqual([{ x: 2 }, { x: 1, y: 4 }])
  expect(addCounts(a, new Map(), 1)).toBe(a)
})

test('no share has nothing', () => {
  const { sums: none, entry, nodes, ...maps } = noShare
  expect([none, entry, nodes]).toEqual([noSums, null, 0])
  expect(Object.values(maps).map(({ size }) => size)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0])
  expect(Object.values(noSums).every((value) => Number(value) === 0)).toBe(true)
})
