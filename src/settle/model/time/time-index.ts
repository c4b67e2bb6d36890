import type { SmallSet } from '../../small/small-set.ts'

/** A span of time in nanoseconds, both ends included. */
export interface Interval {
  readonly fromNs: bigint
  readonly toNs: bigint
}

/** Items by their intervals. What overlaps an interval is found at a cost that doesn't grow with the other items. */
export interface TimeIndex<Item> {
  add(item: Item, interval: Interval): void
  /** Returns the items that overlap an interval, and some that miss it by less than 2 µs. */
  overlapping(interval: Interval): Item[]
  /** Returns the items that overlap an interval, those that overlap one of these, and so on. */
  connected(interval: Interval): Set<Item>
}

/** An item with its ends in units of 1,024 ns, which a number holds exactly. */
interface Entry<Item> {
  readonly item: Item
  readonly from: number
  readonly to: number
}

/** Intervals of up to 2^10 units, about a millisecond, are the shortest that are kept apart. */
const leastLevel = 10

/** Makes an index without items. */
export function newTimeIndex<Item>(): TimeIndex<Item> {
  // By level, the binary logarithm of the greatest length: by number of the part of time in which an interval begins. So
  // an interval reaches into the next part at most.
  const levels = new Map<number, Map<number, Entry<Item>[]>>()
  const entriesIn = (from: number, to: number) => {
    const found: Entry<Item>[] = []
    for (const [level, parts] of levels) {
      const width = 2 ** level
      for (const entries of partsBetween(parts, Math.floor(from / width) - 1, Math.floor(to / width)))
        for (const entry of entries) if (entry.from <= to && from <= entry.to) found.push(entry)
    }
    return found
  }
  return {
    add(item, interval) {
      const [from, to] = inOrder(interval)
      const level = Math.max(leastLevel, Math.ceil(Math.log2(to - from + 1)))
      const parts = levels.get(level) ?? new Map<number, Entry<Item>[]>()
      levels.set(level, parts)
      const part = Math.floor(from / 2 ** level)
      const entries = parts.get(part)
      if (entries === undefined) parts.set(part, [{ item, from, to }])
      else entries.push({ item, from, to })
    },
    overlapping: (interval) => entriesIn(...inOrder(interval)).map(({ item }) => item),
    connected(interval) {
      const found = new Set<Item>()
      let [first, last] = inOrder(interval)
      const unread: [number, number][] = [[first, last]]
      for (let range = unread.pop(); range !== undefined; range = unread.pop()) {
        for (const { item, from, to } of entriesIn(...range)) {
          found.add(item)
          if (from < first) unread.push([from, first])
          if (to > last) unread.push([last, to])
          ;[first, last] = [Math.min(first, from), Math.max(last, to)]
        }
      }
      return found
    },
  }
}

/** The ends of an interval in units. One that ends before its start is found from its end to its start. */
function inOrder({ fromNs, toNs }: Interval): [from: number, to: number] {
  return fromNs <= toNs ? [unitsOf(fromNs), unitsOf(toNs)] : [unitsOf(toNs), unitsOf(fromNs)]
}

function unitsOf(ns: bigint): number {
  return Number(ns >> 10n)
}

function* partsBetween<Part>(parts: ReadonlyMap<number, Part>, first: number, last: number): Generator<Part> {
  if (last - first < parts.size) {
    for (let number = first; number <= last; number++) {
      const part = parts.get(number)
      if (part !== undefined) yield part
    }
    return
  }
  for (const [number, part] of parts) if (number >= first && number <= last) yield part
}

/** Some items that lie side by side in time, and the index that finds what is near to them once there are many. */
export interface TimedGroup<Item> {
  readonly members: SmallSet<Item>
  /** null as long as the members are few. */
  times: TimeIndex<Item> | null
}

/** So many members are looked at whole: to index them would cost more. */
const fewMembers = 8

/**
 * Adds a member. `intervalOf` must return the same interval for a member as long as it is in the group.
 */
export function addMember<Item>(group: TimedGroup<Item>, item: Item, intervalOf: (item: Item) => Interval): void {
  if (group.members.has(item)) return
  group.members.add(item)
  group.times?.add(item, intervalOf(item))
}

/** Returns the members that are connected in time with some of them, and all members of a small group. */
export function membersAround<Item>(
  group: TimedGroup<Item>,
  items: Iterable<Item>,
  intervalOf: (item: Item) => Interval,
): Iterable<Item> {
  if (group.members.size <= fewMembers) return group.members
  if (group.times === null) {
    group.times = newTimeIndex()
    for (const member of group.members) group.times.add(member, intervalOf(member))
  }
  const around = new Set<Item>()
  for (const item of items) {
    if (around.has(item)) continue
    for (const member of group.times.connected(intervalOf(item))) around.add(member)
  }
  return around
}
