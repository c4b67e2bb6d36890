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
  writeHex(ms / 2 ** 32, 0, 4)
  writeHex(ms, 4, 8)
  digits[12] = version
  for (let i = 0; i < 3; i++) digits[13 + i] = digest.charCodeAt(i)
  writeHex(variant(bits(digest, 3, 7)), 16, 4)
  writeHex(hashed / 4, 20, 8)
  return { prefix: digits.toString('latin1', 0, 28), rest: (hashed % 4) << 14 }
}

/**
 * The digits of an id while it is made. An id that is joined of parts would be a tree of objects, each part one of its own, for
 * as long as its row is in memory.
 */
const digits = Buffer.alloc(32)
const version = 0x38
const hexDigits = Buffer.from('0123456789abcdef')

/** Writes the last digits of a whole number, of its last 32 bits at most. `at` is the place of the first of them. */
function writeHex(value: number, at: number, count: number): void {
  let rest = value | 0
  for (let i = at + count - 1; i >= at; i--) {
    digits[i] = hexDigits[rest & 0xf]!
    rest >>>= 4
  }
}

/** The id of one row as 32 hex digits, which PostgreSQL takes for a UUID. */
export function rowId({ prefix, rest }: RowIdentity, ordinal: number): string {
  return prefix + hex16(rest + ordinal)
}

/** The 16 bits of a UUID that hold its variant (RFC 9562) and 14 bits of a hash. */
function variant(hashed: number): number {
  return 0x8000 | (hashed & 0x3fff)
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
  digits.write(digest, 0, 32, 'latin1')
  digits[12] = version
  writeHex(variant(bits(digest, 16, 20)), 16, 4)
  return digits.toString('latin1')
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
