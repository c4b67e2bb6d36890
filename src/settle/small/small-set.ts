/**
 * A set that most often has one item, which takes no table then: a long trace has several such sets for each call. Its items
 * are read in the order in which they were added.
 */
export class SmallSet<Item> implements Iterable<Item> {
  #items: Item | Set<Item> | null = null

  get size(): number {
    return this.#items instanceof Set ? this.#items.size : this.#items === null ? 0 : 1
  }

  has(item: Item): boolean {
    return this.#items instanceof Set ? this.#items.has(item) : this.#items === item
  }

  add(item: Item): void {
    if (this.#items === null) this.#items = item
    else if (this.#items instanceof Set) this.#items.add(item)
    else if (this.#items !== item) this.#items = new Set([this.#items, item])
  }

  /** Returns whether the item was there. */
  delete(item: Item): boolean {
    if (this.#items instanceof Set) return this.#items.delete(item)
    if (this.#items !== item) return false
    this.#items = null
    return true
  }

  clear(): void {
    this.#items = null
  }

  [Symbol.iterator](): Iterator<Item> {
    return (this.#items instanceof Set ? this.#items : this.#items === null ? [] : [this.#items])[Symbol.iterator]()
  }
}
