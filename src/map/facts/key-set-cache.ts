import type { Attributes } from '../../decode/span.ts'

/** What a scope and the keys of its attributes, in their order, lead to: a client writes few such shapes, again and again. */
interface Shape<Made> {
  made: Made | undefined
  /** The key that came last, which mostly comes again, and where it led. */
  lastKey: string | undefined
  last: Shape<Made> | undefined
  /** By the next key; absent while there is one at most. */
  next: Map<string, Shape<Made>> | undefined
}

/** About how many bytes are remembered. A hostile client fills them, and then all is forgotten: it costs time, not memory. */
const most = 32_000_000
/** About what a step holds besides its key. */
const stepCost = 120

/**
 * Makes something once for all spans and records that have the same scope and keys, whatever their values are: `make`
 * gets no more than the keys, for what it makes stays much longer than a span; `costOf` says about how many bytes that
 * holds.
 */
export function byShape<Made>(
  make: (scope: string, keys: ReadonlySet<string>) => Made,
  costOf: (made: Made, keys: number) => number,
): (scope: string, attributes: Attributes) => Made {
  let root = emptyShape<Made>()
  let held = 0

  function step(from: Shape<Made>, key: string): Shape<Made> {
    if (from.lastKey === key) return from.last!
    let to = from.next?.get(key)
    if (to === undefined) {
      to = emptyShape()
      held += stepCost + 2 * key.length
      if (from.last !== undefined) from.next ??= new Map([[from.lastKey!, from.last]])
      from.next?.set(key, to)
    }
    from.lastKey = key
    from.last = to
    return to
  }

  return (scope, attributes) => {
    if (held > most) {
      root = emptyShape()
      held = 0
    }
    let at = step(root, scope)
    for (const key of attributes.keys()) at = step(at, key)
    if (at.made === undefined) {
      at.made = make(scope, new Set(attributes.keys()))
      held += costOf(at.made, attributes.size)
    }
    return at.made
  }
}

function emptyShape<Made>(): Shape<Made> {
  return { made: undefined, lastKey: undefined, last: undefined, next: undefined }
}
