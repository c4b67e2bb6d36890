import { child, type Tree } from '../values/tree.ts'
import { bodyTree, type Item, treeOf } from './item.ts'

/** A value inside an attribute that holds JSON text or a structure; an empty path means the whole structure. */
export interface PathSource {
  readonly key: string
  readonly path: readonly (string | number)[]
}

/** A function that is called only for items that have this attribute. */
export interface KeyedSource {
  readonly key: string
  readonly read: (item: Item) => Tree | undefined
}

/** Where a field's value is: an attribute's key, a path inside an attribute, or a function where data can't express it. */
export type Source = string | PathSource | KeyedSource | ((item: Item) => Tree | undefined)

/** Returns the value at a source; undefined where it is missing, null or an empty text. */
export function valueAt(item: Item, source: Source): Tree | undefined {
  const value = anyValueAt(item, source)
  return value === null || value === '' ? undefined : value
}

function anyValueAt(item: Item, source: Source): Tree | undefined {
  if (typeof source === 'string') return item.attributes.get(source)
  if (typeof source === 'function') return source(item)
  if ('path' in source) return childAt(treeOf(item, source.key), source.path)
  return item.attributes.has(source.key) ? source.read(item) : undefined
}

function childAt(tree: Tree | undefined, path: readonly (string | number)[]): Tree | undefined {
  let at = tree
  for (const step of path) at = child(at, step)
  return at
}

/** Returns the source of a value inside a log record's body. */
export function inBody(...path: readonly (string | number)[]): Source {
  return (item) => childAt(bodyTree(item), path)
}

/** Returns the value of the first source whose value `convert` accepts; null if there is none. */
export function firstValue<T>(
  item: Item,
  sources: readonly Source[] | undefined,
  convert: (value: Tree) => T | null,
): T | null {
  if (sources === undefined) return null
  for (const source of sources) {
    const value = valueAt(item, source)
    if (value === undefined) continue
    const converted = convert(value)
    if (converted !== null) return converted
  }
  return null
}
