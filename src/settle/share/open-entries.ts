import { newRanking, type Ranking } from './ranking.ts'
import { laterOf } from './times.ts'

/** What an entry of a task says of the task's state. */
export interface EntryPart<Node> {
  readonly node: Node
  /** Its `kindRank`. */
  readonly kind: number
  /** It has not ended, or waits for a parent in its own process. */
  readonly isOpen: boolean
  readonly endNs: bigint
  /** Its `entryKey`. */
  readonly key: string
}

/** The many entries of a share that is open for change. Their state is known without a look at each of them. */
export interface OpenEntries<Node> {
  readonly parts: Map<Node, EntryPart<Node>>
  /** By `kindRank`. */
  readonly kinds: Map<number, EntriesOfKind<Node>>
}

interface EntriesOfKind<Node> {
  count: number
  open: number
  readonly byEnd: Ranking<EntryPart<Node>>
  readonly byKey: Ranking<EntryPart<Node>>
}

/** Collects the parts of entries. */
export function newOpenEntries<Node>(parts: Iterable<EntryPart<Node>>): OpenEntries<Node> {
  const entries: OpenEntries<Node> = { parts: new Map(), kinds: new Map() }
  for (const part of parts) addEntry(entries, part)
  return entries
}

/** Adds an entry. */
export function addEntry<Node>(entries: OpenEntries<Node>, part: EntryPart<Node>): void {
  entries.parts.set(part.node, part)
  let ofKind = entries.kinds.get(part.kind)
  if (ofKind === undefined) {
    const hasGone = (one: EntryPart<Node>) => entries.parts.get(one.node) !== one
    ofKind = {
      count: 0,
      open: 0,
      byEnd: newRanking<EntryPart<Node>>([], { isBetter: (one, than) => one.endNs > than.endNs, hasGone }),
      byKey: newRanking<EntryPart<Node>>([], { isBetter: (one, than) => one.key < than.key, hasGone }),
    }
    entries.kinds.set(part.kind, ofKind)
  }
  ofKind.count += 1
  if (part.isOpen) ofKind.open += 1
  ofKind.byEnd.add(part)
  ofKind.byKey.add(part)
}

/** Takes out the entry of a node, if it is one. */
export function removeEntry<Node>(entries: OpenEntries<Node>, node: Node): void {
  const part = entries.parts.get(node)
  if (part === undefined) return
  entries.parts.delete(node)
  const ofKind = entries.kinds.get(part.kind)!
  ofKind.count -= 1
  if (part.isOpen) ofKind.open -= 1
  if (ofKind.count === 0) entries.kinds.delete(part.kind)
}

/** What entries of the best kind come to. */
export interface BestEntries<Node> {
  readonly kind: number
  readonly open: number
  readonly endNs: bigint
  /** The latest-starting entry. */
  readonly last: EntryPart<Node>
}

/** Returns the entries of the best kind of a share that has many; null where there is none. */
export function bestEntries<Node>({ kinds }: OpenEntries<Node>): BestEntries<Node> | null {
  if (kinds.size === 0) return null
  const kind = Math.min(...kinds.keys())
  const { open, byEnd, byKey } = kinds.get(kind)!
  return { kind, open, endNs: byEnd.best()!.endNs, last: byKey.best()! }
}

/** Returns the entries of the best kind among few parts; null where there is none. */
export function bestOfFew<Node>(parts: readonly EntryPart<Node>[]): BestEntries<Node> | null {
  return parts.reduce<BestEntries<Node> | null>(joinPart, null)
}

function joinPart<Node>(best: BestEntries<Node> | null, part: EntryPart<Node>): BestEntries<Node> | null {
  const { kind, endNs, key } = part
  const open = part.isOpen ? 1 : 0
  if (best === null || kind < best.kind) return { kind, open, endNs, last: part }
  if (kind > best.kind) return best
  const last = key < best.last.key ? part : best.last
  return { kind, open: best.open + open, endNs: laterOf(best.endNs, endNs), last }
}
