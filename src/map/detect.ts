import type { Dialect, KindRule } from './dialect.ts'
import type { Kind } from './facts.ts'
import { narrowDialect } from './narrow.ts'
import { asText, type Reading, unquoted } from './reading.ts'

/** Which dialect a span speaks, and what that dialect says it is. */
export interface Recognised {
  readonly dialect: Dialect
  readonly kind: Kind
  /** All that it speaks, that dialect first: clients stamp their ids on the spans of others. */
  readonly spoken: readonly Dialect[]
  /** The durable engine that made the span, whichever dialect knows its kind; undefined for none. */
  readonly engine: Dialect | undefined
}

/**
 * Finds the dialect of one span or record at a time, never of a trace: traces are mixed (reference: dialects §0.2).
 * The order of the list is the precedence; the last one is asked when no other is detected or knows the kind.
 */
export interface Detector {
  recognise(reading: Reading): Recognised
  /** The dialects that are detected, best first, with the last one at the end. */
  spoken(reading: Reading): readonly Dialect[]
  /** The one at the end, as narrow as they all are. */
  readonly last: Dialect
}

/** Keys and scopes that were looked up already: a client uses the same few for all its spans, a hostile one doesn't. */
const remembered = 8_192

/** Makes detectors, each for the spans and records of one scope that have the same keys. */
export function detectorsOf(dialects: readonly Dialect[]): (scope: string, keys: ReadonlySet<string>) => Detector {
  const byScope = memo((scope) => matching(dialects, (dialect) => dialect.detect.scopes, scope))
  const byKey = memo((key) => matching(dialects, (dialect) => dialect.detect.keys, key))
  const last = dialects.length - 1

  return (scope, keys) => {
    const found = [last, ...byScope(scope), ...[...keys].flatMap(byKey)]
    const narrow = byIndex((index) => narrowDialect(dialects[index]!, keys))
    const inOrder = (indices: readonly number[]) => [...new Set(indices)].sort((a, b) => a - b).map(narrow)
    return createDetector(inOrder(found), (name) => {
      const named = byKey(name)
      return named.length === 0 ? null : inOrder([...found, ...named])
    })
  }
}

/** `named` finds the candidates of a record with a name that is a mark of more dialects; null: it is no mark. */
function createDetector(candidates: readonly Dialect[], named: (name: string) => readonly Dialect[] | null): Detector {
  const isSure = candidates.every(({ detect }) => detect.also === undefined)

  function spoken(reading: Reading): readonly Dialect[] {
    const more = reading.record ? named(reading.name) : null
    if (more === null && isSure) return candidates
    return (more ?? candidates).filter((dialect) => dialect.detect.also?.(reading) ?? true)
  }

  function recognise(reading: Reading): Recognised {
    const candidates = spoken(reading)
    const engine = candidates.find(({ run }) => run !== undefined)
    for (const dialect of candidates) {
      const kind = kindOf(dialect.kinds, reading)
      if (kind !== null) return { dialect, kind, spoken: withFirst(dialect, candidates), engine }
    }
    return { dialect: candidates[0]!, kind: 'plain', spoken: candidates, engine }
  }

  return { recognise, spoken, last: candidates.at(-1)! }
}

function byIndex(make: (index: number) => Dialect): (index: number) => Dialect {
  const made = new Map<number, Dialect>()
  return (index) => {
    const dialect = made.get(index) ?? make(index)
    made.set(index, dialect)
    return dialect
  }
}

function withFirst(dialect: Dialect, candidates: readonly Dialect[]): readonly Dialect[] {
  return dialect === candidates[0] ? candidates : [dialect, ...candidates.filter((other) => other !== dialect)]
}

function matching(
  dialects: readonly Dialect[],
  marks: (dialect: Dialect) => readonly string[] | undefined,
  text: string,
): readonly number[] {
  const fits = (mark: string): boolean => (/[.:-]$/.test(mark) ? text.startsWith(mark) : text === mark)
  return dialects.flatMap((dialect, index) => (marks(dialect)?.some(fits) ? [index] : []))
}

function memo(look: (text: string) => readonly number[]): (text: string) => readonly number[] {
  const known = new Map<string, readonly number[]>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const fresh = look(text)
    if (known.size < remembered) known.set(text, fresh)
    return fresh
  }
}

function kindOf(rules: readonly KindRule[], reading: Reading): Kind | null {
  for (const rule of rules) {
    const kind = 'key' in rule ? byValue(rule.values, reading.attributes.get(rule.key)) : byConditions(rule, reading)
    if (kind !== null) return kind
  }
  return null
}

function byValue(values: Readonly<Record<string, Kind>>, value: Parameters<typeof asText>[0] | undefined): Kind | null {
  const text = value === undefined ? null : asText(value)
  const word = text === null ? null : unquoted(text).toLowerCase()
  return word !== null && Object.hasOwn(values, word) ? values[word]! : null
}

function byConditions(rule: Exclude<KindRule, { key: string }>, reading: Reading): Kind | null {
  const { kind, has, name, when } = rule
  if (has !== undefined && !has.some((key) => reading.attributes.get(key) != null)) return null
  if (name !== undefined && !name.test(reading.name)) return null
  return when === undefined || when(reading) ? kind : null
}
