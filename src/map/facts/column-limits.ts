import { createHash } from 'node:crypto'
import { fitLongId, largestBigint, largestCostNano, largestInteger } from '../../columns.ts'
import { storedByDefault } from '../../defaults.ts'

// Node 20 has both methods; TypeScript's ES2023 library doesn't declare them
declare global {
  interface String {
    isWellFormed(): boolean
    toWellFormed(): string
  }
}

/** The most UTF-16 code units of a text; a longer text is cut on a code point boundary. */
export interface Limits {
  /** A text of a row: query, result, error, a tool's arguments or output. */
  readonly text: number
  /** A text of a conversation or a tool, wherever it is stored. Infinity: no limit of its own; 0: the text is emptied. */
  readonly content: number
  /** The whole `payload` of one event. */
  readonly payload: number
  /** The `message` of an event. */
  readonly message: number
}

/** The limits where the settings don't change them. */
export const defaultLimits: Limits = {
  text: storedByDefault.textCharacters,
  content: Infinity,
  payload: storedByDefault.payloadBytes,
  message: 1_000,
}

/** Limits of texts that are redacted before they are cut: half a secret would not be found. */
export function uncut(limits: Limits): Limits {
  return { ...limits, text: Infinity, content: Infinity }
}

/** Returns the most UTF-16 code units of a query, result, arguments or output of a row. */
export function contentLimit({ text, content }: Limits): number {
  return Math.min(text, content)
}

/**
 * Makes a text fit PostgreSQL: NUL and lone surrogates become U+FFFD (R98, R99), and at most `limit` UTF-16 code units,
 * so at most as many characters, are kept.
 */
export function fitText(text: string, limit: number): string {
  const kept = text.length > limit ? cut(text, limit) : text
  const formed = kept.isWellFormed() ? kept : kept.toWellFormed()
  return formed.includes('\0') ? formed.replaceAll('\0', '\ufffd') : formed
}

/** Like `fitText`, but a text that is cut ends in `…`, which counts towards the limit. A limit of 0 leaves no text. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit || limit === 0) return fitText(text, limit)
  return `${fitText(text, limit - 1)}…`
}

function cut(text: string, limit: number): string {
  const last = text.charCodeAt(limit - 1)
  const splitsPair = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, splitsPair ? limit - 1 : limit)
}

/** Makes an id fit its column of 255 characters; a longer id ends in a hash (columns.ts). */
export function fitId(id: string): string {
  return fitLongId(id, fitText)
}

/** Makes a count fit INTEGER, from 0 on. */
export function fitCount(count: number): number {
  return Math.min(Math.max(count, 0), largestInteger)
}

/** Makes nanoseconds since 1970 fit BIGINT, from 0 on; a time after 2262 becomes the last one that fits (R89). */
export function fitTime(nanoseconds: bigint): bigint {
  return nanoseconds < 0n ? 0n : nanoseconds > largestBigint ? largestBigint : nanoseconds
}

/** Converts dollars to whole nano-dollars, at most the last value of DECIMAL(10,6). */
export function fitCost(dollars: number): number {
  return Math.min(Math.round(dollars * 1e9), Number(largestCostNano))
}

/** The namespace in which tenant names become UUIDs (RFC 9562, version 5). */
const tenantNamespace = Buffer.from('5b9c1f0e6a4d5d0e9c3a7f2d8e614b07', 'hex')

/** Returns a tenant as a UUID: the text in lower case if it is a UUID, else the UUIDv5 of the text. */
export function fitTenant(tenant: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(tenant)) return tenant.toLowerCase()
  const hash = createHash('sha1').update(tenantNamespace).update(tenant).digest()
  hash[6] = (hash[6]! & 0x0f) | 0x50
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
