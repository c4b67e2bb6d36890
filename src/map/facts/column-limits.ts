import { createHash } from 'node:crypto'
import { fitLongId, largestBigint, largestCostNano, largestInteger } from '../../columns.ts'

// Node 20 has these two; the ES2023 library doesn't know them yet
declare global {
  interface String {
    isWellFormed(): boolean
    toWellFormed(): string
  }
}

/** How much of a text is kept, in UTF-16 code units; what is longer is cut on a code point boundary. */
export interface Limits {
  /** One text of a row: query, result, error, a tool's arguments or output. */
  readonly text: number
  /** One text of a conversation or a tool, wherever it would be stored. Infinity: as any other; 0: it is emptied. */
  readonly content: number
  /** The whole `payload` of one event. */
  readonly payload: number
  /** The sentence of an event. */
  readonly message: number
}

export const defaultLimits: Limits = { text: 65_536, content: Infinity, payload: 16_384, message: 1_000 }

/** The longest query, result, arguments or output of a row. */
export function contentLimit({ text, content }: Limits): number {
  return Math.min(text, content)
}

/**
 * The text as PostgreSQL takes it: NUL and lone surrogates become U+FFFD (R98, R99), and it has at most `limit` UTF-16
 * code units, so at most as many characters.
 */
export function fitText(text: string, limit: number): string {
  const kept = text.length > limit ? cut(text, limit) : text
  const formed = kept.isWellFormed() ? kept : kept.toWellFormed()
  return formed.includes('\0') ? formed.replaceAll('\0', '\ufffd') : formed
}

/** The same, and what is cut says so: it ends in `…`, which is within the limit. A limit of 0 leaves no text at all. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit || limit === 0) return fitText(text, limit)
  return `${fitText(text, limit - 1)}…`
}

function cut(text: string, limit: number): string {
  const last = text.charCodeAt(limit - 1)
  const splitsPair = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, splitsPair ? limit - 1 : limit)
}

/** An id of at most 255 characters. */
export function fitId(id: string): string {
  return fitLongId(id, fitText)
}

/** A count that fits INTEGER. */
export function fitCount(count: number): number {
  return Math.min(Math.max(count, 0), largestInteger)
}

/** Nanoseconds that fit BIGINT; what lies beyond (year 2262) is the last one that does (R89). */
export function fitTime(nanoseconds: bigint): bigint {
  return nanoseconds < 0n ? 0n : nanoseconds > largestBigint ? largestBigint : nanoseconds
}

/** Dollars as whole nano-dollars, at most what DECIMAL(10,6) can show. */
export function fitCost(dollars: number): number {
  return Math.min(Math.round(dollars * 1e9), Number(largestCostNano))
}

/** A UUID of ours under which texts become UUIDs (RFC 9562, version 5). */
const tenantNamespace = Buffer.from('5b9c1f0e6a4d5d0e9c3a7f2d8e614b07', 'hex')

/** A tenant as a UUID: one in lower case if it is one, else the UUIDv5 of the text. */
export function fitTenant(tenant: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(tenant)) return tenant.toLowerCase()
  const hash = createHash('sha1').update(tenantNamespace).update(tenant).digest()
  hash[6] = (hash[6]! & 0x0f) | 0x50
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
