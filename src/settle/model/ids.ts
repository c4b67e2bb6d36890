import { hash } from 'node:crypto'
import { fitLongId, millisecondsOf } from '../../columns.ts'

/** Ordinals of a span's rows within its ids: events count from 0, the others stand at the end. */
export const ordinals = { usage: 16383, tool: 16382, agent: 16381, lastEvent: 16000 } as const

/** All but the ordinal of the ids of one span's rows. */
export interface RowIdentity {
  readonly prefix: string
  /** 34 bits, to be followed by the 14 of the ordinal. */
  readonly rest: number
}

/**
 * The ids of the rows that come from one span, record or tool call, as UUIDs (version 8, RFC 9562): 48 bits of
 * milliseconds, so that new rows stay at the right edge of the index, then 60 bits that tell this identity, such as
 * (tenant, trace, span), from all others of the same millisecond. As 32 hex digits, for PostgreSQL takes them so. Every
 * receiver makes the same ids.
 */
export function identityOf(startNs: bigint, ...parts: readonly string[]): RowIdentity {
  const time = hex(millisecondsOf(startNs), 12)
  const digest = sha256(parts)
  const variant = hex(0x8000 | (bits(digest, 3, 7) & 0x3fff), 4)
  return {
    prefix: `${time}8${digest.slice(0, 3)}${variant}`,
    rest: (bits(digest, 7, 16) % 2 ** 34) * 2 ** 14,
  }
}

export function rowId({ prefix, rest }: RowIdentity, ordinal: number): string {
  return prefix + hex(rest + ordinal, 12)
}

function bits(digest: string, from: number, to: number): number {
  return Number.parseInt(digest.slice(from, to), 16)
}

/** The id of a task: a hash of tenant and workflow, no time in it, so that it is known before anything has arrived. */
export function taskId(tenant: string, workflow: string): string {
  return namedId('task', tenant, workflow)
}

/** A UUID (version 8) that is a hash of its parts, as 32 hex digits. */
export function namedId(...parts: readonly string[]): string {
  const digest = sha256(parts)
  return `${digest.slice(0, 12)}8${digest.slice(13, 16)}${hex(0x8000 | (bits(digest, 16, 20) & 0x3fff), 4)}${digest.slice(20, 32)}`
}

/** In one call and as text: a Hash or a Buffer for each would cost more than the hash. */
function sha256(parts: readonly string[]): string {
  return hash('sha256', parts.join('\u0000'), 'hex')
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

/**
 * A workflow's or user's id as the tables store it: the default tenant's as it comes, another tenant's behind its name.
 * What is too long then is shortened with a hash of the whole.
 */
export function storedId(tenant: string, id: string): string {
  if (tenant === '') return id
  const cut = (whole: string, length: number) => (whole.length > length ? whole.slice(0, length).toWellFormed() : whole)
  return fitLongId(`${tenant}:${id}`, cut, (whole) => namedId('long id', whole))
}
