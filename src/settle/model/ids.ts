import { hash } from 'node:crypto'
import { millisecondsOf } from '../../columns.ts'

/** The ordinals that tell the ids of one span's rows apart. Events count from 0 to `lastEvent`; the other rows have one each. */
export const ordinals = { usage: 16383, tool: 16382, agent: 16381, lastEvent: 16000 } as const

/** What the ids of one span's rows have in common: the four words of their 128 bits, with an ordinal of 0. */
export interface RowIdentity {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
}

/**
 * Makes the identity from which the row ids of one span, record or tool call are made. A row id is a UUID (version 8,
 * RFC 9562): 48 bits of the start in milliseconds, so that new rows stay at the right edge of the index, then 60 bits of
 * a hash of `parts`, such as (trace, span), then the ordinal. Every receiver makes the same ids (law 2). Ids of two tenants
 * may be equal: each is in a schema of its own (law 8).
 */
export function identityOf(startNs: bigint, ...parts: readonly string[]): RowIdentity {
  const ms = millisecondsOf(startNs)
  const digest = sha256(['', ...parts], 'binary')
  const octet = (at: number) => digest.charCodeAt(at)
  // of the first eight octets: 12 bits, 14 bits without the two before them, 34 bits without the two before them
  const last = (octet(4) << 24) | (octet(5) << 16) | (octet(6) << 8) | octet(7)
  const middle = (octet(3) << 30) | (last >>> 2)
  return {
    a: (ms / 2 ** 16) | 0,
    b: (ms << 16) | (version << 12) | (octet(0) << 4) | (octet(1) >>> 4),
    c: (variant((octet(1) << 12) | (octet(2) << 4) | (octet(3) >>> 4)) << 16) | (middle >>> 16),
    d: (middle << 16) | ((last & 3) << 14),
  }
}

/** The id of one row as 32 hex digits, which PostgreSQL takes for a UUID. */
export function rowId({ a, b, c, d }: RowIdentity, ordinal: number): string {
  writeHex(a, 0, 8)
  writeHex(b, 8, 8)
  writeHex(c, 16, 8)
  writeHex(d | ordinal, 24, 8)
  return digits.toString('latin1')
}

const version = 8

/** The 16 bits of a UUID that hold its variant (RFC 9562) and 14 bits of a hash. */
function variant(hashed: number): number {
  return 0x8000 | (hashed & 0x3fff)
}

/**
 * The digits of an id while it is made. An id that is joined of parts would be a tree of objects, each part one of its own, for
 * as long as its row is in memory.
 */
const digits = Buffer.alloc(32)
const hexDigits = Buffer.from('0123456789abcdef')

/** Writes the last digits of a number of 32 bits. `at` is the place of the first of them. */
function writeHex(value: number, at: number, count: number): void {
  let rest = value
  for (let i = at + count - 1; i >= at; i--) {
    digits[i] = hexDigits[rest & 0xf]!
    rest >>>= 4
  }
}

/** The id of a task: a hash of the workflow. It contains no time, so it is the same whichever span arrives first. */
export function taskId(workflow: string): string {
  return namedId('task', '', workflow)
}

/** A UUID (version 8) as 32 hex digits that is a hash of its parts. */
export function namedId(...parts: readonly string[]): string {
  const digest = sha256(parts, 'hex')
  digits.write(digest, 0, 32, 'latin1')
  digits[12] = hexDigits[version]!
  writeHex(variant(Number.parseInt(digest.slice(16, 20), 16)), 16, 4)
  return digits.toString('latin1')
}

/** Writes a UUID of 32 hex digits with dashes, as PostgreSQL writes it. */
export function dashed(uuid: string): string {
  return uuid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Hashes in one call and to text: a Hash object or a Buffer for each id costs more than the hash itself. */
function sha256(parts: readonly string[], encoding: 'hex' | 'binary'): string {
  return hash('sha256', parts.join('\u0000'), encoding)
}
