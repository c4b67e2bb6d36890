import type { Attributes } from '../decode/span.ts'
import type { Tree } from './json.ts'

interface Branch {
  [key: string]: Branch | Tree
}

/** Numbers beyond are dropped: a flattened list is limited by the sender's attribute count anyway. */
const longest = 1_024
/** Parts of a key; the deepest that clients write has nine. */
const deepest = 24

/**
 * The list that clients flatten into attributes (`gen_ai.prompt.0.content`, `gen_ai.prompt.0.tool_calls.1.name`),
 * rebuilt in numeric order with its gaps closed; undefined if there is none. Reference: dialects D3.
 */
export function unflatten(attributes: Attributes, prefix: string): readonly Tree[] | undefined {
  let root: Branch | undefined
  for (const [key, value] of attributes) {
    if (!key.startsWith(prefix) || key.charCodeAt(prefix.length) !== 0x2e) continue
    const path = key.slice(prefix.length + 1).split('.', deepest + 1)
    if (path.length > deepest) continue
    root ??= Object.create(null) as Branch
    grow(root, path, value)
  }
  return root === undefined ? undefined : listOf(root)
}

function grow(root: Branch, path: readonly string[], value: Tree): void {
  let at = root
  for (const step of path.slice(0, -1)) {
    const next = at[step]
    // a value where others have a branch: the branch says more
    if (typeof next === 'object' && next !== null && Object.getPrototypeOf(next) === null) at = next as Branch
    else at = at[step] = Object.create(null) as Branch
  }
  const last = path.at(-1)!
  if (at[last] === undefined) at[last] = value
}

function listOf(branch: Branch): Tree[] {
  return Object.keys(branch)
    .filter((key) => /^\d{1,4}$/.test(key) && Number(key) < longest)
    .sort((a, b) => Number(a) - Number(b))
    .map((key) => treeOf(branch[key]!))
}

function treeOf(value: Branch | Tree): Tree {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== null) return value as Tree
  const branch = value as Branch
  const keys = Object.keys(branch)
  if (keys.length > 0 && keys.every((key) => /^\d+$/.test(key))) return listOf(branch)
  return Object.fromEntries(keys.map((key) => [key, treeOf(branch[key]!)]))
}
