import type { AnyValue, Attributes } from '../../decode/span.ts'

/** A value of OTLP, or a value that was parsed from JSON text or Python's `repr`: clients write the same things in all. */
export type Tree = AnyValue | readonly Tree[] | ParsedObject
export interface ParsedObject {
  readonly [key: string]: Tree
}

/** Returns the child of a Map, an array or a parsed object; undefined where there is none. */
export function child(tree: Tree | undefined, key: string | number): Tree | undefined {
  if (typeof tree !== 'object' || tree === null) return undefined
  if (tree instanceof Map) return tree.get(typeof key === 'string' ? key : String(key))
  if (Array.isArray(tree)) return typeof key === 'number' ? (tree as readonly Tree[])[key] : undefined
  if (tree instanceof Uint8Array) return undefined
  const value: unknown = (tree as ParsedObject)[key]
  // inherited properties are functions, which JSON doesn't have, and `__proto__`: this is cheaper than Object.hasOwn
  if (typeof value === 'function' || (key === '__proto__' && !Object.hasOwn(tree, key))) return undefined
  return value as Tree | undefined
}

/** Returns the first child that exists and isn't null. */
export function firstChild(tree: Tree | undefined, keys: readonly string[]): Tree | undefined {
  for (const key of keys) {
    const value = child(tree, key)
    if (value !== undefined && value !== null) return value
  }
  return undefined
}

/** A record under construction. */
export interface MutableRecord {
  [key: string]: Tree
}

/**
 * Adds a field whose name a client chose: `__proto__` is a name like others. This is much cheaper than to collect
 * entries and call Object.fromEntries.
 */
export function addField(record: MutableRecord, key: string, value: Tree): void {
  if (key === '__proto__') {
    Object.defineProperty(record, key, { value, enumerable: true, writable: true, configurable: true })
  } else record[key] = value
}

/** Returns true for a Map and a parsed object, false for lists and bytes. */
export function isRecord(tree: Tree | undefined): tree is Attributes | ParsedObject {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree) && !(tree instanceof Uint8Array)
}

/** Returns true for a list, false for bytes. */
export function isList(tree: Tree | undefined): tree is readonly Tree[] {
  return Array.isArray(tree)
}

/** Returns the fields of a record, in their order. */
export function entriesOf(record: Attributes | ParsedObject): [string, Tree][] {
  return record instanceof Map ? [...record] : Object.entries(record as ParsedObject)
}

/** Returns how many fields a record has. */
export function sizeOf(record: Attributes | ParsedObject): number {
  return record instanceof Map ? record.size : Object.keys(record).length
}
