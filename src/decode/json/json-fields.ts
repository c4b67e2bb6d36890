import { Malformed } from '../../errors.ts'

/** A JSON object as `JSON.parse` made it: any key may be there, `__proto__` too, as a property of its own. */
export type JsonObject = { readonly [key: string]: unknown }

/**
 * A member by its lowerCamelCase name, or else by the original snake_case name of the proto, which OTLP calls invalid
 * and the Collector reads (R72). `null` is absent (R77).
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

// The functions below read one member each, absent ones as proto3's default. A wrong type throws Malformed, which is
// caught where a single span can be refused for it.

/** An object, undefined where absent. */
export function objectOf(value: unknown, name: string): JsonObject | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(name, 'an object', value)
  return value as JsonObject
}

/** An array of whatever; empty where absent. */
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

/** Text; a lone surrogate, which JSON can escape and UTF-8 can't say, becomes U+FFFD. */
export function textOf(value: unknown, name: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw wrongType(name, 'a string', value)
  return /[\ud800-\udfff]/.test(value) ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value
}

/** An id: hex in either case (R69), here in lower case. Whether it is one is checked later. */
export function idOf(value: unknown, name: string): string {
  return textOf(value, name).toLowerCase()
}

/** Nanoseconds; what is below zero comes back so. */
export function timeOf(value: unknown, name: string): bigint {
  if (value === undefined || value === null) return 0n
  const time = typeof value === 'string' || typeof value === 'number' ? wholeNumber(value) : undefined
  if (time === undefined) throw wrongType(name, 'a whole number of nanoseconds', value)
  return BigInt(time)
}

/** A count or flags: 0 to 2^32 − 1, as number or text, `1.0` and `1e3` too (R74). */
export function uint32Of(value: unknown, name: string): number {
  if (value === undefined || value === null) return 0
  const count = typeof value === 'string' || typeof value === 'number' ? wholeNumber(value) : undefined
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
  const number = typeof value === 'string' || typeof value === 'number' ? wholeNumber(value) : undefined
  if (typeof number !== 'number' || (number | 0) !== number) throw wrongType(name, 'the number of an enum', value)
  return number
}

/**
 * A whole number, exact, from a number or its text (`-5`, `1e3`, `1.0`): a number while that is safe, else a bigint.
 * undefined for what is none.
 */
export function wholeNumber(value: number | string): number | bigint | undefined {
  if (typeof value === 'string' && exactForm.test(value)) return narrow(BigInt(value))
  const number = typeof value === 'string' ? decimal(value) : value
  if (number === undefined || !Number.isInteger(number)) return undefined
  return Number.isSafeInteger(number) ? number : BigInt(number)
}

/** More digits than 64 bits have are read as a double: a megabyte of digits makes an expensive bigint. */
const exactForm = /^-?\d{1,24}$/

/** The number that a text is in JSON's notation; undefined for all else, the empty text and `0x1` among it. */
export function decimal(text: string): number | undefined {
  return /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : undefined
}

/** What is wrong with a member, for the sender. */
export function wrongType(name: string, wanted: string, value: unknown): Malformed {
  const found = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  return new Malformed(`${name} must be ${wanted}, not ${found}.`)
}

function narrow(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
