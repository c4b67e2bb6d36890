import { hash } from 'node:crypto'
import { millisecondsOf } from '../../columns.ts'

/** The ordinals that tell the ids of one span's rows apart. Events count from 0 to `lastEvent`; the other rows have one each. */
export const ordinals = { usage: 16383, tool: 16382, agent: 16381, lastEvent: 16000 } as const

/** What the ids of one span's rows have in common: all but the ordinal. */
export interface RowIdentity {
  /** The first 28 digits. */
  readonly prefix: string
  /** The last two bits of the hash, shifted left by the 14 bits of the ordinal. */
  readonly rest: number
}

/**
 * Makes the identity from which the row ids of one span, record or tool call are made. A row id is a UUID (version 8,
 * RFC 9562): 48 bits of the start in milliseconds, so that new rows stay at the right edge of the index, then 60 bits of
 * a hash of `parts`, such as (trace, span), then the ordinal. Every receiver makes the same ids (law 2). Ids of two tenants
 * may be equal: each is in a schema of its own (law 8).
 */
export function identityOf(startNs: bigint, ...parts: readonly string[]): RowIdentity {
  const ms = millisecondsOf(startNs)
  const digest = sha256(['', ...parts])
  const hashed = bits(digest, 7, 16) % 2 ** 34
  return {
    prefix: `${hex16(ms / 2 ** 32)}${hex32(ms)}8${digest.slice(0, 3)}${variant(bits(digest, 3, 7))}${hex32(hashed / 4)}`,
    rest: (hashed % 4) << 14,
  }
}

/** The id of one row as 32 hex digits, which PostgreSQL takes for a UUID. */
export function rowId({ prefix, rest }: RowIdentity, ordinal: number): string {
  return prefix + hex16(rest + ordinal)
}

/** The 16 bits of a UUID that hold its variant (RFC 9562) and 14 bits of a hash. */
function variant(hashed: number): string {
  return hex16(0x8000 | (hashed & 0x3fff))
}

function bits(digest: string, from: number, to: number): number {
  return Number.parseInt(digest.slice(from, to), 16)
}

/** The id of a task: a hash of the workflow. It contains no time, so it is the same whichever span arrives first. */
export function taskId(workflow: string): string {
  return namedId('task', '', workflow)
}

/** A UUID (version 8) as 32 hex digits that is a hash of its parts. */
export function namedId(...parts: readonly string[]): string {
  const digest = sha256(parts)
  return `${digest.slice(0, 12)}8${digest.slice(13, 16)}${variant(bits(digest, 16, 20))}${digest.slice(20, 32)}`
}

/** Writes a UUID of 32 hex digits with dashes, as PostgreSQL writes it. */
export function dashed(uuid: string): string {
  return uuid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Hashes in one call and to text: a Hash object or a Buffer for each id costs more than the hash itself. */
function sha256(parts: readonly string[]): string {
  return hash('sha256', parts.join('\u0000'), 'hex')
}

const octets = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))

/** The last 16 bits of a number as 4 digits. It reads a table, because `toString(16)` of a large number takes as long as a hash. */
function hex16(value: number): string {
  return octets[(value >>> 8) & 0xff]! + octets[value & 0xff]!
}

/** The last 32 bits of a number as 8 digits. */
function hex32(value: number): string {
  return hex16(value >>> 16) + hex16(value)
}
