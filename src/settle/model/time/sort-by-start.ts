import type { Facts } from '../../../map/facts/facts.ts'

/** What is ordered in time: a node, or a report of one. */
interface Started {
  readonly facts: Pick<Facts, 'startNs' | 'id'>
}

/** Compares by the start; what starts at one moment by the ids. */
export function compareStart({ facts: a }: Started, { facts: b }: Started): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

/** Sorts by the start into a new array. */
export function sortByStart<Item extends Started>(items: Iterable<Item>): Item[] {
  return [...items].sort(compareStart)
}
