import { jsonText, parseJson } from './json.ts'
import type { Tree } from './tree.ts'

/** Code units of a structure as text; the caller cuts it to its column. */
const longestJson = 1_000_000

/** Returns any value as text, a structure as JSON text; null for null and an empty text. */
export function asText(value: Tree): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  if (value === null) return null
  return typeof value === 'object' ? jsonText(value, longestJson) : String(value)
}

/** What clients write when they have no value (docs/dialects.md D1, docs/design.md §3.1). */
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
/** The beginning of what Logfire writes in place of a value that it takes for a secret: every key with `session` in it. */
const scrubbed = '[Scrubbed due to '

/** Returns the name of a model, a tool or an agent, without blanks and JSON quotes around it; null where it says nothing. */
export function asName(value: Tree): string | null {
  if (typeof value !== 'string') return null
  const name = unquoted(value).trim()
  return isNoName(name) || name.startsWith(scrubbed) ? null : name
}

/** The length and the first letter rule out most names, which is cheaper than to lower the case of all. */
function isNoName(name: string): boolean {
  return name.length <= longestNoName && initials.has(initialOf(name)) && noNames.has(name.toLowerCase())
}

/** The code of the first letter in lower case; 32 for an empty name. */
function initialOf(name: string): number {
  return name.charCodeAt(0) | 0x20
}

/** What clients write as the id of every user or session. */
const sharedId = 'default'

/** Returns an id, which came as text or a number, without JSON quotes; null where it says nothing. `default` is no id. */
export function asId(value: Tree): string | null {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  const id = asName(value)
  return id === null || (id.length === sharedId.length && id.toLowerCase() === sharedId) ? null : id
}

/** Matches a JSON string without escapes. */
const plainlyQuoted = /^"[ !#-[\]-\uffff]*"$/

/** Returns what a JSON string holds, and any other text as it is. */
export function unquoted(text: string): string {
  if (!text.startsWith('"')) return text
  if (plainlyQuoted.test(text)) return text.slice(1, -1)
  const parsed = parseJson(text)
  return typeof parsed === 'string' ? parsed : text
}

/** Matches a whole number as text, with the blanks and the `.0` that some clients write. */
const wholeNumber = /^\s*\d+(\.0+)?\s*$/

/** Returns a count: a whole number that isn't negative, which may come as text. NaN and fractions are none. */
export function asCount(value: Tree): number | null {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 ? value : null
  if (typeof value === 'bigint') return value >= 0n ? Number(value) : null
  return typeof value === 'string' && wholeNumber.test(value) ? Number(value) : null
}

/** Returns a finite number that isn't negative, which may come as text. */
export function asAmount(value: Tree): number | null {
  const number = typeof value === 'string' && /^\d+(\.\d+)?(e-?\d+)?$/i.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : null
}

/** Returns a boolean, which may come as text in any case (`"True"`). */
export function asFlag(value: Tree): boolean | null {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return null
  const word = value.toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : null
}
