import type { Kind } from '../facts/facts.ts'
import { type CompiledDialect, type CompiledKindRule, compileDialect, pruneDialect } from '../table/compile.ts'
import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { type MatchedDialects, matchedDialects } from '../table/matched-dialects.ts'
import { usageKeysIn } from '../table/usage-names.ts'
import { asText, unquoted } from '../values/convert.ts'

/** The dialect of an item, and the kind that the dialect gives it. */
export interface Recognised {
  readonly dialect: CompiledDialect
  readonly kind: Kind
  /** All dialects that match the item, `dialect` first: clients stamp their ids on the spans of others. */
  readonly matched: MatchedDialects
}

/**
 * Finds the dialect of one span or record at a time, never of a trace: traces are mixed (docs/dialects.md §0.2). The
 * order of the dialects is their precedence; the last one is used where no other matches or knows the kind.
 */
export interface Detector {
  recognise(item: Item): Recognised
  /** Returns the dialects whose marks and conditions the item has. */
  match(item: Item): MatchedDialects
  /** The last dialect in the list, pruned like all others. */
  readonly last: CompiledDialect
  /** How many tables were pruned for this detector, to estimate its size. */
  readonly tables: number
}

/** Keys and scopes whose dialects are cached: a client uses the same few for all its spans, a hostile one doesn't. */
const mostCached = 8_192

/** Returns a function that creates the detector for all spans and records with the same scope and attribute keys. */
export function detectorsOf(dialects: readonly Dialect[]): (scope: string, keys: ReadonlySet<string>) => Detector {
  const intern = interning()
  const byScope = cached(markFinder(dialects, (dialect) => dialect.detect.scopes, intern))
  const byKey = cached(markFinder(dialects, (dialect) => dialect.detect.keys, intern))
  const last = dialects.length - 1
  const tables = dialects.map((dialect) => compileDialect(dialect, dialects[last]!))
  const known = new Set(tables.flatMap(({ namedKeys }) => [...namedKeys]))

  return (scope, keys) => {
    const found = [last, ...byScope(scope), ...[...keys].flatMap(byKey)]
    const usageKeys = { found: usageKeysIn(keys), isKnown: (key: string) => known.has(key) }
    const prune = memoize((index: number) => pruneDialect(tables[index]!, keys, usageKeys))
    const matcherWith = (named: Indices) => {
      const marked = [...new Set([...found, ...named])].sort((a, b) => a - b)
      return matcherOf(marked.filter((index) => hasRequiredKeys(dialects[index]!, keys)).map(prune))
    }
    const unnamed = matcherWith(noIndices)
    const byName = memoize(matcherWith)

    // the name of a log record may be a mark of more dialects
    function match(item: Item): MatchedDialects {
      const named = item.isRecord ? byKey(item.name) : noIndices
      return (named === noIndices ? unnamed : byName(named))(item)
    }

    return {
      match,
      recognise: (item) => recognise(item, match(item)),
      last: prune(last),
      tables: new Set(found).size,
    }
  }
}

/** A node of a decision tree over the `when` conditions of the candidates, one level for each condition. */
interface Decision {
  holds: Decision | undefined
  fails: Decision | undefined
  matched: MatchedDialects | undefined
}

/** Returns a function that drops the candidates whose `when` condition an item fails, and caches each result. */
function matcherOf(candidates: readonly CompiledDialect[]): (item: Item) => MatchedDialects {
  const conditions = candidates.flatMap(({ detect: { when } }) => when ?? [])
  if (conditions.length === 0) {
    const matched = matchedDialects(candidates)
    return () => matched
  }
  const root = emptyDecision()
  return (item) => {
    let decision = root
    for (const when of conditions) {
      if (when(item)) decision = decision.holds ??= emptyDecision()
      else decision = decision.fails ??= emptyDecision()
    }
    decision.matched ??= matchedDialects(candidates.filter(({ detect: { when } }) => when?.(item) ?? true))
    return decision.matched
  }
}

function emptyDecision(): Decision {
  return { holds: undefined, fails: undefined, matched: undefined }
}

function recognise(item: Item, matched: MatchedDialects): Recognised {
  for (const dialect of matched.dialects) {
    const kind = kindOf(dialect.kinds, item)
    if (kind !== null) return { dialect, kind, matched: matched.withFirst(dialect) }
  }
  return { dialect: matched.dialects[0]!, kind: 'plain', matched }
}

/** Positions in the list of dialects. */
type Indices = readonly number[]
const noIndices: Indices = []

/** Returns a function that makes equal lists identical, so that they can be keys of a Map. */
function interning(): (indices: Indices) => Indices {
  const known = new Map([['', noIndices]])
  return (indices) => {
    const text = indices.join()
    const interned = known.get(text) ?? indices
    known.set(text, interned)
    return interned
  }
}

function memoize<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  let known: Map<Key, Value> | undefined
  return (key) => {
    const value = known?.get(key) ?? make(key)
    known ??= new Map()
    known.set(key, value)
    return value
  }
}

/** Like `memoize`, but for texts that a client chooses: only the first `mostCached` are kept. */
function cached(find: (text: string) => Indices): (text: string) => Indices {
  const known = new Map<string, Indices>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const fresh = find(text)
    if (known.size < mostCached) known.set(text, fresh)
    return fresh
  }
}

/**
 * Returns a function that finds the dialects one of whose marks a text is, or begins with. A hostile client sends a hundred
 * thousand texts that no cache has, so it must not try all marks.
 */
function markFinder(
  dialects: readonly Dialect[],
  marksOf: (dialect: Dialect) => readonly string[] | undefined,
  intern: (indices: Indices) => Indices,
): (text: string) => Indices {
  const whole = new Map<string, number[]>()
  const prefixes = new Map<string, { readonly prefix: string; readonly index: number }[]>()
  for (const [index, dialect] of dialects.entries())
    for (const mark of marksOf(dialect) ?? [])
      if (isPrefix(mark)) listAt(prefixes, mark[0]!).push({ prefix: mark, index })
      else listAt(whole, mark).push(index)
  return (text) => {
    const begins = prefixes.get(text[0] ?? '')?.filter(({ prefix }) => text.startsWith(prefix)) ?? []
    const found = [...(whole.get(text) ?? noIndices), ...begins.map(({ index }) => index)]
    return found.length === 0 ? noIndices : intern([...new Set(found)].sort((a, b) => a - b))
  }
}

function listAt<Element>(lists: Map<string, Element[]>, key: string): Element[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}

/** Whether texts that begin with a mark have it; any other mark is a whole text. */
function isPrefix(mark: string): boolean {
  return /[.:-]$/.test(mark)
}

/** Whether the keys have one that the dialect needs besides its marks, and none that rules it out. */
function hasRequiredKeys({ detect }: Dialect, keys: ReadonlySet<string>): boolean {
  const isThere = (mark: string) => (isPrefix(mark) ? hasPrefix(keys, mark) : keys.has(mark))
  return (detect.with?.some(isThere) ?? true) && !detect.without?.some(isThere)
}

function hasPrefix(keys: ReadonlySet<string>, prefix: string): boolean {
  for (const key of keys) if (key.startsWith(prefix)) return true
  return false
}

function kindOf(rules: readonly CompiledKindRule[], item: Item): Kind | null {
  for (const rule of rules) {
    const kind = rule.key === undefined ? kindByConditions(rule, item) : kindByValue(rule, item)
    if (kind !== null) return kind
  }
  return null
}

function kindByValue({ key, values }: CompiledKindRule, { attributes }: Item): Kind | null {
  const value = attributes.get(key!)
  const text = value === undefined ? null : asText(value)
  const word = text === null ? null : unquoted(text).toLowerCase()
  return word !== null && Object.hasOwn(values!, word) ? values![word]! : null
}

function kindByConditions({ kind, has, name, when }: CompiledKindRule, item: Item): Kind | null {
  if (has?.some((key) => item.attributes.get(key) != null) === false) return null
  if (name?.test(item.name) === false) return null
  return when?.(item) === false ? null : kind!
}
