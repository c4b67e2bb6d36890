import type { Attributes } from '../../decode/span.ts'
import { cacheByKeySet } from './key-set-cache.ts'
import { addField, type MutableRecord, type Tree } from './tree.ts'

/** Entries with a larger index are dropped: the sender's attribute count limits a flattened list anyway. */
const longest = 1_024
/** The most parts of a key that is read; the deepest key that clients write has nine. */
const deepest = 24
/** Estimated bytes of the layouts of one set of keys: `all` once, `key` for each key. */
const cost = { all: 2_000, key: 1_000 } as const

/** The structure that flattened keys describe, without values: a text is the key of the attribute that is the value. */
type Layout = string | readonly Layout[] | ReadonlyMap<string, Layout>
type Branch = Map<string, Branch | string>

/** Works out the layout below a prefix once for all spans with the same keys: splitting the keys costs the most. */
function layouts(_scope: string, keys: ReadonlySet<string>): (prefix: string) => readonly Layout[] | undefined {
  const known = new Map<string, readonly Layout[] | undefined>()
  return (prefix: string) => {
    if (!known.has(prefix)) known.set(prefix, layoutBelow(prefix, keys))
    return known.get(prefix)
  }
}

const layoutsOf = cacheByKeySet(layouts, (_made, keys) => cost.all + cost.key * keys)

/**
 * Rebuilds the list that a client flattened into attributes (`gen_ai.prompt.0.content`,
 * `gen_ai.prompt.0.tool_calls.1.name`), in numeric order and without gaps (docs/dialects.md D3). Returns undefined if no
 * attribute begins with the prefix.
 */
export function unflatten(attributes: Attributes, prefix: string): readonly Tree[] | undefined {
  return layoutsOf('', attributes)(prefix)?.map((part) => filled(part, attributes))
}

function filled(layout: Layout, attributes: Attributes): Tree {
  if (typeof layout === 'string') return attributes.get(layout)!
  if (!(layout instanceof Map)) return (layout as readonly Layout[]).map((part) => filled(part, attributes))
  const record: MutableRecord = {}
  for (const [name, part] of layout as ReadonlyMap<string, Layout>) addField(record, name, filled(part, attributes))
  return record
}

function layoutBelow(prefix: string, keys: ReadonlySet<string>): readonly Layout[] | undefined {
  const root: Branch = new Map()
  for (const key of keys) {
    if (!key.startsWith(`${prefix}.`)) continue
    const path = key.slice(prefix.length + 1).split('.', deepest + 1)
    if (path.length <= deepest) grow(root, path, key)
  }
  return root.size === 0 ? undefined : listOf(root)
}

function grow(root: Branch, path: readonly string[], key: string): void {
  let at = root
  for (const step of path.slice(0, -1)) {
    const next = at.get(step)
    // one key is a value, others continue below it: the branch holds more, so it replaces the value
    const branch: Branch = next instanceof Map ? next : new Map()
    at.set(step, branch)
    at = branch
  }
  const last = path.at(-1)!
  if (!at.has(last)) at.set(last, key)
}

function listOf(branch: Branch): Layout[] {
  return [...branch]
    .filter(([step]) => /^\d{1,4}$/.test(step) && Number(step) < longest)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, part]) => layoutOf(part))
}

function layoutOf(part: Branch | string): Layout {
  if (typeof part === 'string') return part
  const steps = [...part.keys()]
  if (steps.every((step) => /^\d+$/.test(step))) return listOf(part)
  return new Map([...part].map(([step, below]) => [step, layoutOf(below)]))
}
