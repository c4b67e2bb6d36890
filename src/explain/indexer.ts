/** Values that come often, each once. */
export interface Indexer<Value> {
  readonly all: readonly Value[]
  /** The index of a value. */
  of(value: Value): number
}

/** Gives each value an index, in the order in which values come. */
export function indexer<Value>(): Indexer<Value> {
  const all: Value[] = []
  const indexes = new Map<Value, number>()
  return {
    all,
    of(value) {
      const known = indexes.get(value)
      if (known !== undefined) return known
      indexes.set(value, all.length)
      return all.push(value) - 1
    },
  }
}
