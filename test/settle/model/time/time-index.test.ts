import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addMember,
  type Interval,
  membersAround,
  newTimeIndex,
  type TimedGroup,
} from '../../../../src/settle/model/time/time-index.ts'
import { SmallSet } from '../../../../src/settle/small/small-set.ts'

/** Intervals of 1 µs to 1 h within two hours. Their ends are multiples of 2 µs, so that no two are closer without overlapping. */
const intervals = fc.array(
  fc
    .tuple(fc.nat(7_200_000), fc.constantFrom(0, 0, 1, 7, 80, 900, 10_000, 3_600_000), fc.nat(1000))
    .map(([startMs, lengthMs, more]): Interval => {
      const fromNs = 1_790_000_000_000_000_000n + BigInt(startMs) * 1_000_000n
      return { fromNs, toNs: fromNs + BigInt(lengthMs) * 1_000_000n + BigInt(more) * 2_048n }
    }),
  { maxLength: 60 },
)

function overlap(a: Interval, b: Interval): boolean {
  return a.fromNs <= b.toNs && b.fromNs <= a.toNs
}

function indexOf(all: readonly Interval[]) {
  const index = newTimeIndex<Interval>()
  for (const interval of all) index.add(interval, interval)
  return index
}

test('finds the intervals that overlap one, and no others but near ones', () => {
  fc.assert(
    fc.property(intervals, (all) => {
      const index = indexOf(all)
      for (const one of all) {
        const found = new Set(index.overlapping(one))
        const wide = { fromNs: one.fromNs - 2_048n, toNs: one.toNs + 2_048n }
        for (const other of all) if (overlap(one, other)) expect(found.has(other)).toBe(true)
        for (const other of found) expect(overlap(wide, other)).toBe(true)
      }
    }),
  )
})

test('finds the intervals that are connected with one through others', () => {
  fc.assert(
    fc.property(intervals, (all) => {
      const index = indexOf(all)
      for (const one of all) {
        const found = index.connected(one)
        const connected = new Set([one])
        for (const near of connected) for (const other of all) if (overlap(near, other)) connected.add(other)
        for (const other of connected) expect(found.has(other)).toBe(true)
        // nothing that is found overlaps what is not found
        for (const near of found) for (const other of all) if (overlap(near, other)) expect(found.has(other)).toBe(true)
      }
    }),
  )
})

test('a small group is looked at whole, a large one around some members', () => {
  const group: TimedGroup<number> = { members: new SmallSet(), times: null }
  const intervalOf = (n: number) => ({ fromNs: BigInt(n) * 1_000_000n, toNs: BigInt(n) * 1_000_000n + 1n })
  for (let n = 0; n < 8; n++) addMember(group, n, intervalOf)
  expect(new Set(membersAround(group, [0], intervalOf))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]))
  addMember(group, 8, intervalOf)
  expect(new Set(membersAround(group, [0], intervalOf))).toEqual(new Set([0]))
  addMember(group, 8, intervalOf)
  addMember(group, 9, intervalOf)
  expect(new Set(membersAround(group, [0, 9], intervalOf))).toEqual(new Set([0, 9]))
})
