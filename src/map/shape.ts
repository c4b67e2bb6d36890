import type { Attributes } from '../decode/span.ts'

/** What a scope and the keys of its attributes, in their order, lead to: a client writes few such shapes, again and again. */
interface Shape<Made> {
  made: Made | undefined
  /** By the next key; absent where none has come yet. */
  next: Map<string, Shape<Made>> | undefined
}

/** About how many bytes are remembered. A hostile client fills them, and then all is forgotten: it costs time, not memory. */
const most = 16_000_000
/** About what a step holds besides its key, and what is made for a shape. */
const cost = { step: 200, made: 2_000 } as const

/**
 * Makes something once for all spans and records that have the same scope and keys, whatever their values are: `make`
 * gets no more than the keys, for what it makes stays much longer than a span; `keyCost` is about how many bytes that
 * holds of each.
 */
export function byShape<Made>(
  make: (scope: string, keys: ReadonlySet<string>) => Made,
  keyCost: number,
): (scope: string, attributes: Attributes) => Made {
  let root: Shape<Made> = { made: undefined, next: undefined }
  let held = 0

  function step(from: Shape<Made>, key: string): Shape<Made> {
    from.next ??= new Map()
    const known = from.next.get(key)
    if (known !== undefined) return known
    const fresh: Shape<Made> = { made: undefined, next: undefined }
    from.next.set(key, fresh)
    held += cost.step + 2 * key.length
    return fresh
  }

  function made(scope: string, attributes: Attributes): Made {
    held += cost.made + keyCost * attributes.size
    return make(scope, new Set(attributes.keys()))
  }

  return (scope, attributes) => {
    if (held > most) {
      root = { made: undefined, next: undefined }
      held = 0
    }
    let at = step(root, scope)
    for (const key of attributes.keys()) at = step(at, key)
    at.made ??= made(scope, attributes)
    return at.made
  }
}
