import type { Facts } from '../map/facts/facts.ts'

/** Groups items by their keys, in the order in which keys first occur. Node 20 has no Map.groupBy. */
export function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** Groups facts by their traces. */
export function groupByTrace(facts: readonly Facts[]): Map<string, Facts[]> {
  return groupBy(facts, traceOf)
}

function traceOf({ trace }: Facts): string {
  return trace
}
