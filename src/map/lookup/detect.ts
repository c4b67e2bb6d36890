import type { Kind } from '../facts/facts.ts'
import { type Narrow, type NarrowRule, narrowDialect, wholeDialect } from '../table/compile.ts'
import type { Dialect } from '../table/dialect.ts'
import { type Speech, speechOf } from '../table/matched-dialects.ts'
import { asText, type Reading, unquoted } from '../table/reading.ts'

/** Which dialect a span speaks, and what that dialect says it is. */
export interface Recognised {
  readonly dialect: Narrow
  readonly kind: Kind
  /** All that it speaks, that dialect first: clients stamp their ids on the spans of others. */
  readonly speech: Speech
}

/**
 * Finds the dialect of one span or record at a time, never of a trace: traces are mixed (reference: dialects §0.2).
 * The order of the list is the precedence; the last one is asked when no other is detected or knows the kind.
 */
export interface Detector {
  recognise(reading: Reading): Recognised
  /** The dialects that are detected. */
  spoken(reading: Reading): Speech
  /** The one at the end, as narrow as they all are. */
  readonly last: Narrow
  /** How many tables were narrowed for it. */
  readonly tables: number
}

/** Keys and scopes that were looked up already: a client uses the same few for all its spans, a hostile one doesn't. */
const remembered = 8_192

/** Makes detectors, each for the spans and records of one scope that have the same keys. */
export function detectorsOf(dialects: readonly Dialect[]): (scope: string, keys: ReadonlySet<string>) => Detector {
  const same = interned()
  const byScope = memo((scope) => same(matching(dialects, (dialect) => dialect.detect.scopes, scope)))
  const byKey = memo((key) => same(matching(dialects, (dialect) => dialect.detect.keys, key)))
  const last = dialects.length - 1
  const tables = dialects.map((dialect) => wholeDialect(dialect, dialects[last]!))

  return (scope, keys) => {
    const found = [last, ...byScope(scope), ...[...keys].flatMap(byKey)]
    const narrow = remember((index: number) => narrowDialect(tables[index]!, keys))
    const candidates = (named: Indices) => {
      const marked = [...new Set([...found, ...named])].sort((a, b) => a - b)
      return speeches(marked.filter((index) => mayBe(dialects[index]!, keys)).map(narrow))
    }
    const unnamed = candidates(nowhere)
    const byName = remember(candidates)

    // a record's name may be a mark of more dialects
    function spoken(reading: Reading): Speech {
      const named = reading.record ? byKey(reading.name) : nowhere
      return (named === nowhere ? unnamed : byName(named))(reading)
    }

    return {
      spoken,
      recognise: (reading) => recognise(reading, spoken(reading)),
      last: narrow(last),
      tables: new Set(found).size,
    }
  }
}

/** Which of these dialects an item speaks hangs on what some of them ask of it besides its keys. */
function speeches(candidates: readonly Narrow[]): (reading: Reading) => Speech {
  const asking = candidates.filter(({ detect }) => detect.also !== undefined)
  if (asking.length === 0) {
    const speech = speechOf(candidates)
    return () => speech
  }
  const byAnswers = remember((answers: number) =>
    speechOf(candidates.filter((dialect) => !asking.includes(dialect) || (answers >> asking.indexOf(dialect)) & 1)),
  )
  return (reading) => {
    let answers = 0
    asking.forEach(({ detect }, bit) => {
      if (detect.also!(reading)) answers |= 1 << bit
    })
    return byAnswers(answers)
  }
}

function recognise(reading: Reading, speech: Speech): Recognised {
  for (const dialect of speech.dialects) {
    const kind = kindOf(dialect.kinds, reading)
    if (kind !== null) return { dialect, kind, speech: speech.ledBy(dialect) }
  }
  return { dialect: speech.dialects[0]!, kind: 'plain', speech }
}

/** Places in the list of dialects. */
type Indices = readonly number[]
const nowhere: Indices = []

/** Makes equal lists one, so that they can be looked up. */
function interned(): (indices: Indices) => Indices {
  const known = new Map([['', nowhere]])
  return (indices) => {
    const text = indices.join()
    const first = known.get(text) ?? indices
    known.set(text, first)
    return first
  }
}

function remember<Given, Made>(make: (given: Given) => Made): (given: Given) => Made {
  let known: Map<Given, Made> | undefined
  return (given) => {
    const made = known?.get(given) ?? make(given)
    known ??= new Map()
    known.set(given, made)
    return made
  }
}

function matching(
  dialects: readonly Dialect[],
  marks: (dialect: Dialect) => readonly string[] | undefined,
  text: string,
): Indices {
  return dialects.flatMap((dialect, index) => (marks(dialect)?.some((mark) => fits(mark, text)) ? [index] : []))
}

function fits(mark: string, text: string): boolean {
  return /[.:-]$/.test(mark) ? text.startsWith(mark) : text === mark
}

/** Whether the keys that it needs besides its marks are there, and none that speaks against it. */
function mayBe({ detect }: Dialect, keys: ReadonlySet<string>): boolean {
  const isThere = (mark: string) => [...keys].some((key) => fits(mark, key))
  return (detect.with?.some(isThere) ?? true) && !detect.without?.some(isThere)
}

function memo(look: (text: string) => Indices): (text: string) => Indices {
  const known = new Map<string, Indices>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const fresh = look(text)
    if (known.size < remembered) known.set(text, fresh)
    return fresh
  }
}

function kindOf(rules: readonly NarrowRule[], reading: Reading): Kind | null {
  for (const rule of rules) {
    const kind = rule.key === undefined ? byConditions(rule, reading) : byValue(rule, reading)
    if (kind !== null) return kind
  }
  return null
}

function byValue({ key, values }: NarrowRule, { attributes }: Reading): Kind | null {
  const value = attributes.get(key!)
  const text = value === undefined ? null : asText(value)
  const word = text === null ? null : unquoted(text).toLowerCase()
  return word !== null && Object.hasOwn(values!, word) ? values![word]! : null
}

function byConditions({ kind, has, name, when }: NarrowRule, reading: Reading): Kind | null {
  if (has?.some((key) => reading.attributes.get(key) != null) === false) return null
  if (name?.test(reading.name) === false) return null
  return when?.(reading) === false ? null : kind!
}
