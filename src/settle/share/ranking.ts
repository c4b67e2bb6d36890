/** Items that come and go, and the best of them, at a cost that grows with the logarithm of their number. */
export interface Ranking<Item> {
  add(item: Item): void
  /** Returns the best item that has not gone; undefined where there is none. */
  best(): Item | undefined
}

/** What a ranking is made with. */
export interface RankingOptions<Item> {
  /** Whether the first item is better than the second. */
  readonly isBetter: (one: Item, than: Item) => boolean
  /** Whether an item has gone. One that has gone may come back as another, equal item. */
  readonly hasGone: (item: Item) => boolean
  /** Whose item it is: of equal items, which come where an item goes and comes back, one is enough. Absent: none come back. */
  readonly ownerOf?: (item: Item) => unknown
}

/** So many items are kept before those that have gone are taken out for the first time. */
const leastKept = 64

/** Ranks items in a binary heap. Items that have gone stay in the heap until they are on top, or half of the heap is old. */
export function newRanking<Item>(items: Iterable<Item>, options: RankingOptions<Item>): Ranking<Item> {
  const { isBetter, hasGone, ownerOf = (item) => item } = options
  let heap: Item[] = []
  let mostKept = leastKept
  const rise = (from: number) => {
    const item = heap[from]!
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBetter(item, heap[above]!)) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = item
  }
  const sink = (from: number) => {
    const item = heap[from]!
    let at = from
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBetter(heap[below + 1]!, heap[below]!)) below += 1
      if (!isBetter(heap[below]!, item)) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = item
  }
  const rebuild = (from: Iterable<Item>) => {
    heap = [...from]
    for (let at = (heap.length >> 1) - 1; at >= 0; at--) sink(at)
    mostKept = Math.max(leastKept, 2 * heap.length)
  }
  rebuild(items)
  return {
    add(item) {
      heap.push(item)
      rise(heap.length - 1)
      if (heap.length > mostKept)
        rebuild(new Map(heap.filter((one) => !hasGone(one)).map((one) => [ownerOf(one), one])).values())
    },
    best() {
      while (heap.length > 0 && hasGone(heap[0]!)) {
        const last = heap.pop()!
        if (heap.length === 0) break
        heap[0] = last
        sink(0)
      }
      return heap[0]
    },
  }
}
