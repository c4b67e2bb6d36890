/**
 * A map that most often has one entry or none, which takes no table then: a trace has some thirty such maps, and an empty
 * table takes 170 bytes. Its entries are read in the order in which their keys were added.
 */
export class SmallMap<Key extends string | number | object, Value> implements Iterable<readonly [Key, Value]> {
  /** The only entry; `undefined` is the key of none. */
  #key: Key | undefined
  #value: Value | undefined
  /** All entries, as soon as there were two. */
  #table: Map<Key, Value> | null = null

  get size(): number {
    return this.#table?.size ?? (this.#key === undefined ? 0 : 1)
  }

  get(key: Key): Value | undefined {
    if (this.#table !== null) return this.#table.get(key)
    return this.#key === key ? this.#value : undefined
  }

  has(key: Key): boolean {
    return this.#table?.has(key) ?? this.#key === key
  }

  set(key: Key, value: Value): void {
    if (this.#table !== null) this.#table.set(key, value)
    else if (this.#key === undefined || this.#key === key) this.#only(key, value)
    else {
      this.#table = new Map([
        [this.#key, this.#value!],
        [key, value],
      ])
      this.#only(undefined, undefined)
    }
  }

  delete(key: Key): void {
    if (this.#table !== null) this.#table.delete(key)
    else if (this.#key === key) this.#only(undefined, undefined)
  }

  clear(): void {
    this.#table = null
    this.#only(undefined, undefined)
  }

  keys(): Iterable<Key> {
    return this.#table?.keys() ?? (this.#key === undefined ? [] : [this.#key])
  }

  values(): Iterable<Value> {
    return this.#table?.values() ?? (this.#key === undefined ? [] : [this.#value!])
  }

  [Symbol.iterator](): Iterator<readonly [Key, Value]> {
    const entries: Iterable<readonly [Key, Value]> =
      this.#table ?? (this.#key === undefined ? [] : [[this.#key, this.#value!]])
    return entries[Symbol.iterator]()
  }

  #only(key: Key | undefined, value: Value | undefined): void {
    this.#key = key
    this.#value = value
  }
}
