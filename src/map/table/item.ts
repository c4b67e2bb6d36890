import type { AnyValue, Attributes, SpanEvent } from '../../decode/span.ts'
import { parseJson } from '../values/json.ts'
import { parsePython } from '../values/python-repr.ts'
import type { Tree } from '../values/tree.ts'

/** A span, a span's event or a log record in the one form that the tables of the dialects read. */
export interface Item {
  readonly name: string
  readonly attributes: Attributes
  /** A log record's body, null for a span. */
  readonly body: AnyValue
  /** A span's events, empty for a log record. */
  readonly events: readonly SpanEvent[]
  readonly scope: string
  /** `service.name` of the resource, '' where absent. */
  readonly service: string
  /** true: a log record, whose name is its event name. */
  readonly isRecord: boolean
  readonly spanKind: number
  /** true: the item has no parent, or its parent is in another process. */
  readonly isTop: boolean
  /** The workflow id in a custom or plain attribute, which an item of every dialect may carry. */
  readonly workflowId: string | null
  /** Attributes that were parsed already, by key ('' for the body): several fields may be in one. null: none yet. */
  parsed: Map<string, Tree | undefined> | null
}

const noEvents: readonly SpanEvent[] = []

/**
 * Creates an item of a span's event; spans and records set more fields. All items are created here, so that V8 gives them
 * one hidden class and finds their fields fast.
 */
export function newItem(name: string, attributes: Attributes, scope: string): Writable<Item> {
  return {
    name,
    attributes,
    body: null,
    events: noEvents,
    scope,
    service: '',
    isRecord: false,
    spanKind: 0,
    isTop: false,
    workflowId: null,
    parsed: null,
  }
}

/** The same type with fields that can be set. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Returns an attribute as a structure, which came as one or as text: JSON, JSON inside a JSON string, or Python's `repr`
 * (docs/dialects.md D2). undefined for other text.
 */
export function treeOf(item: Item, key: string): Tree | undefined {
  return parsedOnce(item, key, item.attributes.get(key))
}

/** Returns an attribute as a structure, or as its text where the text is no structure. */
export function treeOrText(item: Item, key: string): Tree | undefined {
  return treeOf(item, key) ?? item.attributes.get(key)
}

/** Returns a log record's body as a structure, like `treeOf`. */
export function bodyTree(item: Item): Tree | undefined {
  return parsedOnce(item, '', item.body)
}

function parsedOnce(item: Item, key: string, value: AnyValue | undefined): Tree | undefined {
  if (typeof value !== 'string') return value
  if (item.parsed?.has(key)) return item.parsed.get(key)
  const once = parseJson(value) ?? (/^\s*[{[(]/.test(value) ? parsePython(value) : undefined)
  const tree = typeof once === 'string' ? (parseJson(once) ?? once) : once
  item.parsed ??= new Map()
  item.parsed.set(key, tree)
  return tree
}

/**
 * Remembers the result of `work` for the last item, because several rules of a table ask for it and one item is read at
 * a time. `work` must not read `workflowId`, which is set later.
 */
export function oncePerItem<T>(work: (item: Item) => T): (item: Item) => T {
  let last: { readonly item: Item; readonly result: T } | undefined
  return (item) => {
    if (last?.item !== item) last = { item, result: work(item) }
    return last.result
  }
}
