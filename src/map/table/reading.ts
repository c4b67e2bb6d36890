import type { AnyValue, Attributes, SpanEvent } from '../../decode/span.ts'
import { child, jsonText, parseJson, type Tree } from '../facts/json.ts'
import { parsePython } from '../facts/python-repr.ts'

/** What the tables of the dialects are held against: a span or log record, and the little that follows from it alone. */
export interface Reading {
  readonly name: string
  readonly attributes: Attributes
  /** A record's body, null for a span. */
  readonly body: AnyValue
  /** A span's events, empty for a record. */
  readonly events: readonly SpanEvent[]
  readonly scope: string
  /** It is a log record; its name is its event's. */
  readonly record: boolean
  readonly spanKind: number
  /** It has no parent, or its parent is in another process. */
  readonly top: boolean
  /** A workflow id in a configured or plain attribute, which every dialect may carry. */
  readonly workflowId: string | null
  /** JSON strings that were parsed already, by key ('' for the body): several facts may hide in one. null: none yet. */
  parsed: Map<string, Tree | undefined> | null
}

const noEvents: readonly SpanEvent[] = []

/**
 * The reading of an event of a span, and what spans and records add their own to. All are made here, so that they have
 * one shape: JavaScript finds places soonest in objects of one.
 */
export function newReading(name: string, attributes: Attributes, scope: string): Writable<Reading> {
  return {
    name,
    attributes,
    body: null,
    events: noEvents,
    scope,
    record: false,
    spanKind: 0,
    top: false,
    workflowId: null,
    parsed: null,
  }
}

export type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** A value inside an attribute: the attribute holds JSON text or a structure, the path leads to the value. */
export interface Inside {
  readonly key: string
  readonly path: readonly (string | number)[]
}

/** What a function makes of a reading that has this attribute; without it the function isn't asked. */
export interface Given {
  readonly key: string
  readonly read: (reading: Reading) => Tree | undefined
}

/** Where a fact may stand: an attribute's key; a place inside an attribute; or, where data can't say it, a function. */
export type Source = string | Inside | Given | ((reading: Reading) => Tree | undefined)

/** The value at a source; undefined where it is missing, null or an empty text. */
export function valueAt(reading: Reading, source: Source): Tree | undefined {
  const value = anyValueAt(reading, source)
  return value === null || value === '' ? undefined : value
}

function anyValueAt(reading: Reading, source: Source): Tree | undefined {
  if (typeof source === 'string') return reading.attributes.get(source)
  if (typeof source === 'function') return source(reading)
  if ('path' in source) return inside(reading, source)
  return reading.attributes.has(source.key) ? source.read(reading) : undefined
}

function inside(reading: Reading, { key, path }: Inside): Tree | undefined {
  let at = treeOf(reading, key)
  for (const step of path) at = child(at, step)
  return at
}

/** A place inside the body of a record. */
export function inBody(...path: readonly (string | number)[]): Source {
  return (reading) => {
    let at = parsedOnce(reading, '', reading.body)
    for (const step of path) at = child(at, step)
    return at
  }
}

/** An attribute as a structure, whether it came as one or as text: JSON, JSON in JSON, or what Python prints. */
export function treeOf(reading: Reading, key: string): Tree | undefined {
  return parsedOnce(reading, key, reading.attributes.get(key))
}

/** The same, or its text where it is none. */
export function treeOrText(reading: Reading, key: string): Tree | undefined {
  return treeOf(reading, key) ?? reading.attributes.get(key)
}

function parsedOnce(reading: Reading, key: string, value: AnyValue | undefined): Tree | undefined {
  if (typeof value !== 'string') return value
  if (reading.parsed?.has(key)) return reading.parsed.get(key)
  const once = parseJson(value) ?? (/^\s*[{[(]/.test(value) ? parsePython(value) : undefined)
  const tree = typeof once === 'string' ? (parseJson(once) ?? once) : once
  reading.parsed ??= new Map()
  reading.parsed.set(key, tree)
  return tree
}

/**
 * Works out once what many places of a table ask of the same reading. Only the last is remembered: nothing reads two at
 * a time. `work` may look at what a reading came with alone, its `workflowId` is found later.
 */
export function once<T>(work: (reading: Reading) => T): (reading: Reading) => T {
  let last: { readonly reading: Reading; readonly made: T } | undefined
  return (reading) => {
    if (last?.reading !== reading) last = { reading, made: work(reading) }
    return last.made
  }
}

/** The first source whose value `as` understands; null if there is none. */
export function first<T>(
  reading: Reading,
  sources: readonly Source[] | undefined,
  as: (value: Tree) => T | null,
): T | null {
  if (sources === undefined) return null
  for (const source of sources) {
    const value = valueAt(reading, source)
    if (value === undefined) continue
    const understood = as(value)
    if (understood !== null) return understood
  }
  return null
}

/** Any value as text; structures as JSON text of up to a million code units, which is cut later. */
export function asText(value: Tree): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  if (value === null) return null
  return typeof value === 'object' ? jsonText(value, 1_000_000) : String(value)
}

// what clients write when they have nothing to write; reference: dialects D1, DESIGN "Whose task is it"
const noNames: ReadonlySet<string> = new Set([
  '',
  'none',
  'null',
  'undefined',
  'unknown',
  '<nil>',
  'n/a',
  '<not specified>',
])
const longestNoName = Math.max(...[...noNames].map(({ length }) => length))
const initials: ReadonlySet<number> = new Set([...noNames].map(initialOf))
/** What Logfire leaves of a value that it takes for a secret: every key with `session` in it. */
const scrubbed = '[Scrubbed due to '

/** A name (of a model, a tool, an agent): text that says something. */
export function asName(value: Tree): string | null {
  if (typeof value !== 'string') return null
  const name = unquoted(value).trim()
  return isNoName(name) || name.startsWith(scrubbed) ? null : name
}

/** Most names tell by their length or first letter that they are one. */
function isNoName(name: string): boolean {
  return name.length <= longestNoName && initials.has(initialOf(name)) && noNames.has(name.toLowerCase())
}

/** The first letter in lower case, where it is one; 32 for an empty name. */
function initialOf(name: string): number {
  return name.charCodeAt(0) | 0x20
}

/** An id: text or a number, without JSON quotes around it. `default` is nobody's id. */
export function asId(value: Tree): string | null {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  const id = asName(value)
  return id === null || (id.length === nobody.length && id.toLowerCase() === nobody) ? null : id
}

const nobody = 'default'

/** A JSON string in which nothing is escaped. */
const plainlyQuoted = /^"[ !#-[\]-\uffff]*"$/

/** Text that was written as a JSON string is that string. */
export function unquoted(text: string): string {
  if (!text.startsWith('"')) return text
  if (plainlyQuoted.test(text)) return text.slice(1, -1)
  const parsed = parseJson(text)
  return typeof parsed === 'string' ? parsed : text
}

/** A count: a whole number that isn't negative, or its decimal digits as text. NaN and fractions are none. */
export function asCount(value: Tree): number | null {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 ? value : null
  if (typeof value === 'bigint') return value >= 0n ? Number(value) : null
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : null
}

/** A number that isn't negative, or its text. */
export function asAmount(value: Tree): number | null {
  const number = typeof value === 'string' && /^\d+(\.\d+)?(e-?\d+)?$/i.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : null
}

/** A yes or no, or its text in any case (`"True"`). */
export function asFlag(value: Tree): boolean | null {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return null
  const word = value.toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : null
}
