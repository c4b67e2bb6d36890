import type { Attributes } from '../../decode/span.ts'
import { add, type Growing, type Tree } from './json.ts'
import { byShape } from './key-set-cache.ts'

/** Numbers beyond are dropped: a flattened list is limited by the sender's attribute count anyway. */
const longest = 1_024
/** Parts of a key; the deepest that clients write has nine. */
const deepest = 24
/** About how many bytes the layouts of a span's keys hold, and of each key. */
const cost = { all: 2_000, key: 1_000 } as const

/** The parts of a list or record that is yet to be filled, in their order; a text is the attribute that fills it. */
type Layout = string | readonly Layout[] | ReadonlyMap<string, Layout>
type Branch = Map<string, Branch | string>

/** How a list below a prefix is laid out, found once for all spans of the same keys: cutting these up costs the most. */
function layouts(_scope: string, keys: ReadonlySet<string>): (prefix: string) => readonly Layout[] | undefined {
  const known = new Map<string, readonly Layout[] | undefined>()
  return (prefix: string) => {
    if (!known.has(prefix)) known.set(prefix, layoutBelow(prefix, keys))
    return known.get(prefix)
  }
}

const layoutsOf = byShape(layouts, (_made, keys) => cost.all + cost.key * keys)

/**
 * The list that clients flatten into attributes (`gen_ai.prompt.0.content`, `gen_ai.prompt.0.tool_calls.1.name`),
 * rebuilt in numeric order with its gaps closed; undefined if there is none. Reference: dialects D3.
 */
export function unflatten(attributes: Attributes, prefix: string): readonly Tree[] | undefined {
  return layoutsOf('', attributes)(prefix)?.map((part) => filled(part, attributes))
}

function filled(layout: Layout, attributes: Attributes): Tree {
  if (typeof layout === 'string') return attributes.get(layout)!
  if (!(layout instanceof Map)) return (layout as readonly Layout[]).map((part) => filled(part, attributes))
  const record: Growing = {}
  for (const [name, part] of layout as ReadonlyMap<string, Layout>) add(record, name, filled(part, attributes))
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
    // a value where others have a branch: the branch says more
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
