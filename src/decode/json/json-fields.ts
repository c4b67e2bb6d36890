import { Malformed } from '../../errors.ts'

/** An object that `JSON.parse` made. It may have any key as an own property, `__proto__` too. */
export type JsonObject = { readonly [key: string]: unknown }

/**
 * A member by its lowerCamelCase name, else by the snake_case name of the proto, which OTLP calls invalid and the
 * Collector reads (R72). `null` counts as absent (R77).
 */
export function member(object: JsonObject, name: string): unknown {
  return object[name] ?? object[snakeCase(name)]
}

const snakeNames = new Map<string, string>()

/** `traceId` → `trace_id`. */
export function snakeCase(name: string): string {
  const known = snakeNames.get(name)
  if (known !== undefined) return known
  const made = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  snakeNames.set(name, made)
  return made
}

// The functions below read one member each; an absent one has proto3's default. A wrong type throws Malformed, which
// refuses the span where it is caught inside one.

/** An object, undefined where absent. */
export function objectOf(value: unknown, name: string): JsonObject | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(name, 'an object', value)
  return value as JsonObject
}

/** An array; empty where absent. */
export function listOf(value: unknown, name: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw wrongType(name, 'an array', value)
  return value
}

/** An array of objects, nulls left out. */
export function objectsOf(value: unknown, name: string): JsonObject[] {
  return listOf(value, name)
    .map((element) => objectOf(element, name))
    .filter((element) => element !== undefined)
}

/** A text. A lone surrogate, which JSON can escape and UTF-8 can't encode, becomes U+FFFD. */
export function textOf(value: unknown, name: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw wrongType(name, 'a string', value)
  return /[\ud800-\udfff]/.test(value) ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value
}

/** An id in lower case; senders may write hex in either (R69). Whether it is valid is checked later. */
export function idOf(value: unknown, name: string): string {
  return textOf(value, name).toLowerCase()
}

/** Nanoseconds. Negative ones are returned, to be refused later. */
export function timeOf(value: unknown, name: string): bigint {
  if (value === undefined || value === null) return 0n
  const time = typeof value === 'string' || typeof value === 'number' ? wholeNumberOf(value) : undefined
  if (time === undefined) throw wrongType(name, 'a whole number of nanoseconds', value)
  return BigInt(time)
}

/** A count or flags, 0 to 2^32 − 1, as a number or text; `1.0` and `1e3` are whole numbers, too (R74). */
export function uint32Of(value: unknown, name: string): number {
  if (value === undefined || value === null) return 0
  const count = typeof value === 'string' || typeof value === 'number' ? wholeNumberOf(value) : undefined
  if (typeof count !== 'number' || count < 0 || count > 0xffff_ffff)
    throw wrongType(name, 'a whole number of 32 bits', value)
  return count
}

/**
 * An enum by its number (also as text) or by its name, which senders must not use and the Collector reads (R70). A name
 * that isn't known is 0, unspecified: a later version of OTLP may have it.
 */
export function enumOf(value: unknown, name: string, names: ReadonlyMap<string, number>): number {
  if (value === undefined || value === null) return 0
  if (typeof value === 'string' && !/^-?\d/.test(value)) return names.get(value) ?? 0
  const number = typeof value === 'string' || typeof value === 'number' ? wholeNumberOf(value) : undefined
  if (typeof number !== 'number' || (number | 0) !== number) throw wrongType(name, 'the number of an enum', value)
  return number
}

/**
 * The exact whole number that a number or text is (`-5`, `1e3`, `1.0`): a bigint where a number would not be exact;
 * undefined for any other value.
 */
export function wholeNumberOf(value: number | string): number | bigint | undefined {
  if (typeof value === 'string' && exactForm.test(value)) return narrow(BigInt(value))
  const number = typeof value === 'string' ? decimalOf(value) : value
  if (number === undefined || !Number.isInteger(number)) return undefined
  return Number.isSafeInteger(number) ? number : BigInt(number)
}

/** Longer texts than 64 bits need are read as a double: a bigint of a megabyte of digits would be expensive. */
const exactForm = /^-?\d{1,24}$/

/** The number that a text is in JSON's notation; undefined for any other text, such as '' and `0x1`. */
export function decimalOf(text: string): number | undefined {
  return /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : undefined
}

/** The error of a member of a wrong type. */
export function wrongType(name: string, wanted: string, value: unknown): Malformed {
  const found = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  return new Malformed(`${name} must be ${wanted}, not ${found}.`)
}

function narrow(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
