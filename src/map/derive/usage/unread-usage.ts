import { columnSize } from '../../../columns.ts'
import { fitText } from '../../facts/column-limits.ts'
import { callKinds, type Usage } from '../../facts/facts.ts'
import type { Recognised } from '../../lookup/detect.ts'
import type { Item } from '../../table/item.ts'
import type { UsageKey } from '../../table/usage-names.ts'
import { asText } from '../../values/convert.ts'
import type { Tree } from '../../values/tree.ts'

const noNames: readonly string[] = []
const mostNames = 8

/**
 * Returns the names of the item's attributes that look like usage, have a number above 0 and are read by no dialect, at
 * most 8 of them, so that `explain` and `doctor` can name them. A number that repeats what was read is none of them.
 */
export function unreadUsageOf(recognised: Recognised, item: Item, usage: Usage | null): readonly string[] {
  const { unknown, foreign } = recognised.dialect.unreadKeys
  if (unknown.length === 0 && (foreign.length === 0 || usage !== null)) return noNames
  const { kind } = recognised
  const candidates = usage === null && isUnreported(recognised) ? [...unknown, ...foreign] : unknown
  const read = usage === null ? nothing : numbersOf(usage)
  const isUnread = ({ key, aboutModels, isMoney }: UsageKey) => {
    if (kind === 'plain' && !aboutModels) return false
    // the parts of a cost are in its sum
    if (isMoney && usage !== null && usage.statedCostNano !== null) return false
    return numbersIn(item.attributes.get(key) ?? null).some((number) => number > 0 && !read.has(number))
  }
  const names = candidates.filter(isUnread).map(({ key }) => key)
  return names.length === 0 ? noNames : names.slice(0, mostNames).map((name) => fitText(name, columnSize.name))
}

/**
 * Whether an attribute that only another dialect reads is lost: on a call, and on an item that no dialect knows. The usage
 * of an agent or run repeats that of the calls below.
 */
function isUnreported({ kind, matched }: Recognised): boolean {
  return callKinds.has(kind) || (kind === 'plain' && matched.dialects.length === 1)
}

const nothing: ReadonlySet<number> = new Set()

/** Returns a number, one that came as text, or those behind `:` and `=` in JSON, a structure or other text. */
function numbersIn(value: Tree): number[] {
  if (typeof value === 'number') return [value]
  if (typeof value === 'bigint') return [Number(value)]
  const text = value === null || typeof value === 'boolean' ? null : asText(value)
  if (text === null) return []
  if (wholeText.test(text)) return [Number(text)]
  return [...text.slice(0, longestText).matchAll(statedNumber)].map(([, number]) => Number(number))
}

const longestText = 4000
const wholeText = /^\s*\d{1,15}(\.\d{1,15})?\s*$/
const statedNumber = /[:=]\s*(\d{1,15}(?:\.\d{1,15})?)\b/g

/** The counters that were read, their sum, and what is left of prompt and completion without their parts. */
function numbersOf({ prompt, completion, cacheRead, cacheWrite, reasoning, parts }: Usage): ReadonlySet<number> {
  const [read, written, thought] = [cacheRead ?? 0, cacheWrite ?? 0, reasoning ?? 0]
  return new Set([
    ...[prompt, completion, prompt + completion, read, written, thought, read + written],
    ...[prompt - read, prompt - written, prompt - read - written, prompt - read - written + completion],
    ...[completion - thought, prompt + completion - thought],
    ...Object.values(parts ?? {}).filter((part): part is number => typeof part === 'number'),
    written - (parts?.cacheWrite1h ?? 0),
  ])
}
