import { createHash } from 'node:crypto'

/**
 * What the columns of the tables can hold, and how values are made to fit: the one place for limits, rounding and times
 * that several rooms must agree on, because the rows are a function of the spans (law 2).
 */

/** The last value of INTEGER. */
export const largestInteger = 2_147_483_647

/** The last value of BIGINT. As nanoseconds since 1970 it is 2262-04-11 (R89). */
export const largestBigint = 9_223_372_036_854_775_807n

/** The last value of DECIMAL(10,6), 9,999.999999 dollars, in nano-dollars. */
export const largestCostNano = 9_999_999_999_000n

/** The sizes of the VARCHAR columns in characters (docs/tables.md). */
export const columnSize = { id: 255, name: 255, model: 255, provider: 50, mode: 50, eventType: 100 } as const

/** A text of a column in UTF-8, as it is written, in a buffer that other texts share. */
export interface EncodedText {
  readonly bytes: Buffer
  readonly from: number
  readonly to: number
}

/** Limits a counter to INTEGER: a sum past its column is stored as the column's last value. */
export function saturate(count: number): number {
  return Math.min(count, largestInteger)
}

/** The whole milliseconds between two times in nanoseconds, rounded; 0 where clocks ran backwards. */
export function durationMs(fromNs: bigint, toNs: bigint): number {
  return saturate(Math.max(Math.round(Number(toNs - fromNs) / 1e6), 0))
}

/** Divides whole numbers and rounds half to even, as accountants do: many roundings add no bias. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  const twice = (dividend % divisor) * 2n
  if (twice < divisor) return quotient
  return twice > divisor || quotient % 2n === 1n ? quotient + 1n : quotient
}

/** Writes nano-dollars as DECIMAL(10,6) takes them: rounded half to even, limited to the column. */
export function usd(nano: bigint): string {
  const micros = divideHalfEven(nano > largestCostNano ? largestCostNano : nano, 1_000n)
  return `${micros / 1_000_000n}.${(micros % 1_000_000n).toString().padStart(6, '0')}`
}

/** Writes nano-dollars exactly, as decimal text with nine digits after the point: 0.001234567. */
export function exactUsd(nano: bigint): string {
  const digits = (nano < 0n ? -nano : nano).toString().padStart(10, '0')
  return `${nano < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`
}

/** The whole milliseconds of a time in nanoseconds, cut. */
export function millisecondsOf(ns: bigint): number {
  return Number(ns / 1_000_000n)
}

const keptOfLongId = 230
const hashOfLongId = 24

/**
 * Limits an id to its column. A plain cut would make two ids one, so a longer id keeps 230 characters, `~`, and 24 hex
 * digits of a hash of the whole. `cut` limits the first part; `hash` gives at least 24 hex digits.
 */
export function fitLongId(
  id: string,
  cut: (id: string, length: number) => string,
  hash: (id: string) => string = sha256,
): string {
  if (id.length <= columnSize.id) return cut(id, columnSize.id)
  return `${cut(id, keptOfLongId)}~${hash(id).slice(0, hashOfLongId)}`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Whether a text is a UUID as PostgreSQL prints it, or its 32 hex digits alone. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$/i.test(text)
}
