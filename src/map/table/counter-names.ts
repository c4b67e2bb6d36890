import { asCount } from '../values/convert.ts'
import { firstValue, type Source } from './source.ts'
import { type UsageKey, wordsOf } from './usage-names.ts'

/** The counters that are a part of another one, and the field of that one. */
const wholes = { cacheRead: 'prompt', cacheWrite: 'prompt', reasoning: 'completion' } as const
type Part = keyof typeof wholes
type Whole = (typeof wholes)[Part]
type CounterFields = { readonly [Field in Part | Whole]: readonly Source[] }

/** Words that name a counter of tokens. A key with any other word behind the prefix may count something else. */
const counterWords: ReadonlySet<string> = new Set([
  ...['token', 'tokens', 'count', 'number', 'num', 'usage', 'detail', 'details'],
  ...['prompt', 'input', 'completion', 'output'],
  ...['cache', 'cached', 'read', 'hit', 'hits', 'write', 'written', 'creation', 'created'],
  ...['reasoning', 'thinking', 'thought', 'thoughts'],
])

/**
 * Adds sources for cached and reasoning tokens whose key no table names, where the name says what they are and stands
 * beside the counter that includes them: `acme.usage.cachedInputTokens` beside `acme.usage.input_tokens`. They come after
 * those of the dialect, and the first that is stated counts, so that two names of one counter are never added. A value that
 * is larger than the counter beside it is no part of it. `unread` are the keys that look like usage and have no field.
 */
export function withNamedParts<Fields extends CounterFields>(fields: Fields, unread: readonly UsageKey[]): Fields {
  if (unread.length === 0 || fields.prompt.length + fields.completion.length === 0) return fields
  // the keys of an item come in any order, and the first source that states a value counts
  const keys = unread.map(({ key }) => key).sort()
  const sourcesOf = (part: Part) =>
    keys.filter((key) => partIn(key, fields) === part).map((key) => partSource(key, fields[wholes[part]]))
  const [cacheRead, cacheWrite, reasoning] = [sourcesOf('cacheRead'), sourcesOf('cacheWrite'), sourcesOf('reasoning')]
  if (cacheRead.length + cacheWrite.length + reasoning.length === 0) return fields
  return {
    ...fields,
    cacheRead: [...fields.cacheRead, ...cacheRead],
    cacheWrite: [...fields.cacheWrite, ...cacheWrite],
    reasoning: [...fields.reasoning, ...reasoning],
  }
}

function partSource(key: string, whole: readonly Source[]): Source {
  return {
    key,
    read: (item) => {
      const value = item.attributes.get(key)
      const count = value === undefined ? null : asCount(value)
      return count !== null && count <= (firstValue(item, whole, asCount) ?? 0) ? value : undefined
    },
  }
}

/** Returns what a key counts by its name; null where the name says nothing, or no counter of its prefix includes it. */
function partIn(key: string, fields: CounterFields): Part | null {
  const words = wordsOf(key)
  const part = partOf(words.slice(prefixLength(words)))
  if (part === null) return null
  const isBeside = fields[wholes[part]].some(
    (source) => typeof source === 'string' && hasPrefixOf(words, wordsOf(source)),
  )
  return isBeside ? part : null
}

function hasPrefixOf(words: readonly string[], whole: readonly string[]): boolean {
  const length = prefixLength(whole)
  return prefixLength(words) === length && words.slice(0, length).every((word, i) => word === whole[i])
}

/** Returns how many words stand before the first of those that name a counter and aren't followed by another word. */
function prefixLength(words: readonly string[]): number {
  let length = words.length
  while (length > 0 && counterWords.has(words[length - 1]!)) length--
  return length
}

function partOf(words: readonly string[]): Part | null {
  const has = (...any: readonly string[]) => any.some((word) => words.includes(word))
  if (!has('token', 'tokens')) return null
  const isInput = has('prompt', 'input')
  const isOutput = has('completion', 'output')
  const isReasoning = has('reasoning', 'thinking', 'thought', 'thoughts')
  const isWritten = has('write', 'written', 'creation', 'created')
  const isRead = has('cached', 'hit', 'hits') || (has('cache') && has('read'))
  if (isReasoning) return isInput || has('cache', 'cached') ? null : 'reasoning'
  if (isOutput || !has('cache', 'cached')) return null
  if (isWritten) return has('read', 'hit', 'hits') ? null : 'cacheWrite'
  return isRead ? 'cacheRead' : null
}
