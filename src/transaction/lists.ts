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

/**
 * Returns one field of all rows, as a parameter of a statement. What a transaction does for each of its rows is written as
 * this, as a loop, or with a function that is made once: V8 keeps the optimized code of a function only as long as one of
 * its closures lives, so a closure of each transaction is compiled again after each collection of all garbage.
 */
export function column<Row, Name extends keyof Row>(rows: readonly Row[], name: Name): Row[Name][] {
  const values: Row[Name][] = []
  for (const row of rows) values.push(row[name])
  return values
}
