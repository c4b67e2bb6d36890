import { createHash } from 'node:crypto'

/** Ordinals of a span's rows within its ids: events count from 0, the others stand at the end. */
export const ordinals = { usage: 16383, tool: 16382, agent: 16381, lastEvent: 16000 } as const

/** 60 bits that tell a span, record or tool call from all others that start in the same millisecond. */
export type Fingerprint = readonly [top: number, high: number, low: number]

/** The fingerprint of an identity, such as (tenant, trace, span). The parts are joined so that no two can be mixed up. */
export function fingerprint(...parts: readonly string[]): Fingerprint {
  const hash = createHash('md5').update(parts.join('\u0000')).digest()
  return [hash.readUInt16BE(0) & 0xfff, hash.readUInt32BE(2), hash.readUInt16BE(6)]
}

/**
 * The id of a row as a UUID (version 8, RFC 9562): 48 bits of milliseconds, so that new rows stay at the right edge of
 * the index, then the fingerprint, then the row's ordinal. The same span gives the same ids in every receiver.
 */
export function rowId(startNs: bigint, [top, high, low]: Fingerprint, ordinal: number): string {
  const milliseconds = Number(startNs / 1_000_000n)
  const time = hex(milliseconds, 12)
  // 62 bits after the variant: 48 of the fingerprint, 14 of the ordinal
  const first = 0x8000 | (high >>> 18)
  const rest = (high & 0x3ffff) * 2 ** 30 + low * 2 ** 14 + ordinal
  return `${time.slice(0, 8)}-${time.slice(8)}-8${hex(top, 3)}-${hex(first, 4)}-${hex(rest, 12)}`
}

/** The id of a task: a hash of tenant and workflow, no time in it, so that it is known before anything has arrived. */
export function taskId(tenant: string, workflow: string): string {
  return namedId('task', tenant, workflow)
}

/** A UUID (version 8) that is a hash of its parts. */
export function namedId(...parts: readonly string[]): string {
  const hash = createHash('sha256').update(parts.join('\u0000')).digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${hex(0x8000 | (Number.parseInt(hash.slice(16, 20), 16) & 0x3fff), 4)}-${hash.slice(20, 32)}`
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
