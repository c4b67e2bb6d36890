import type { Attributes } from '../../decode/span.ts'

/**
 * A node of a trie over a scope and attribute keys, in the order of the attributes. A client writes few such lists of
 * keys, again and again.
 */
interface TrieNode<Value> {
  value: Value | undefined
  /** The key that was looked up last, which mostly comes again, and its node. */
  lastKey: string | undefined
  last: TrieNode<Value> | undefined
  /** The following nodes by key; absent while there is at most one. */
  next: Map<string, TrieNode<Value>> | undefined
}

/** Estimated bytes that a cache holds before it is emptied: a hostile client then costs time, not memory. */
const mostBytes = 32_000_000
/** Estimated bytes of a node besides its key. */
const nodeBytes = 120

/**
 * Caches a value for each scope with a list of attribute keys, whatever the attribute values are. `make` gets only the
 * keys, because the cached value lives much longer than a span. `costOf` estimates how many bytes a value holds.
 */
export function cacheByKeySet<Value>(
  make: (scope: string, keys: ReadonlySet<string>) => Value,
  costOf: (value: Value, keys: number) => number,
): (scope: string, attributes: Attributes) => Value {
  let root = emptyNode<Value>()
  let bytes = 0

  function step(from: TrieNode<Value>, key: string): TrieNode<Value> {
    if (from.lastKey === key) return from.last!
    let to = from.next?.get(key)
    if (to === undefined) {
      to = emptyNode()
      bytes += nodeBytes + 2 * key.length
      if (from.last !== undefined) from.next ??= new Map([[from.lastKey!, from.last]])
      from.next?.set(key, to)
    }
    from.lastKey = key
    from.last = to
    return to
  }

  return (scope, attributes) => {
    if (bytes > mostBytes) {
      root = emptyNode()
      bytes = 0
    }
    let node = step(root, scope)
    for (const key of attributes.keys()) node = step(node, key)
    if (node.value === undefined) {
      node.value = make(scope, new Set(attributes.keys()))
      bytes += costOf(node.value, attributes.size)
    }
    return node.value
  }
}

function emptyNode<Value>(): TrieNode<Value> {
  return { value: undefined, lastKey: undefined, last: undefined, next: undefined }
}
