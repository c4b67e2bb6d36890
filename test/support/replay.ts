import type { Format, Signal } from '../../src/decode/span.ts'
import { type OtlpRequest, requestsOf } from './recordings.ts'
import { type Field, fieldsOf, lengthDelimited } from './wire.ts'

/** One span or log record with the resource and scope that it came with: a request of its own, if need be. */
export interface Piece {
  readonly signal: Signal
  readonly format: Format
  /** Protobuf: a `resource_spans` field. JSON: the text of one member of `resourceSpans`. */
  readonly part: Buffer<ArrayBuffer>
  /** The same span as it would have been exported when it started: no attributes, ended at its start. Null for records. */
  readonly unfinished: Buffer<ArrayBuffer> | null
}

export interface Arrangement {
  /** The same seed gives the same arrangement. */
  readonly seed: number
  /** The share of pieces that are sent twice, 0 to 1. */
  readonly duplicate?: number
  /** The share of spans of which an unfinished version is sent too, 0 to 1. */
  readonly variants?: number
  /** Pieces a request. */
  readonly batch?: number
}

/** Every span and log record of these recordings, cut out of its request, its own bytes untouched. */
export function piecesOf(recordings: readonly string[]): Piece[] {
  return recordings
    .flatMap(requestsOf)
    .flatMap((request) => (request.format === 'json' ? cutJson(request) : cutProtobuf(request)))
}

/** The pieces shuffled, some twice, some with an unfinished version, in requests of a few: what a bad network does. */
export function rearrange(pieces: readonly Piece[], arrangement: Arrangement): OtlpRequest[] {
  const { seed, duplicate = 0, variants = 0, batch = 7 } = arrangement
  const random = randomNumbers(seed)
  const repeated = pieces.filter(() => random() < duplicate)
  const unfinished = pieces.flatMap((piece) =>
    random() < variants && piece.unfinished ? [{ ...piece, part: piece.unfinished }] : [],
  )
  const all = shuffled([...pieces, ...repeated, ...unfinished], random)
  const requests = kinds.flatMap(([signal, format]) => {
    const alike = all.filter((piece) => piece.signal === signal && piece.format === format)
    return slices(alike, batch).map((some) => joined(signal, format, some))
  })
  return shuffled(requests, random)
}

// One request has one signal and one format.
const kinds: readonly [Signal, Format][] = [
  ['traces', 'protobuf'],
  ['traces', 'json'],
  ['logs', 'protobuf'],
  ['logs', 'json'],
]

const members = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
} as const

type Json = Record<string, unknown>

function cutJson({ signal, format, body }: OtlpRequest): Piece[] {
  const [outer, middle, inner] = members[signal]
  const request: Json = JSON.parse(body.toString())
  return list(request[outer]).flatMap((resource) =>
    list(resource[middle]).flatMap((scope) =>
      list(scope[inner]).map((item) => {
        const wrapped = (one: Json) =>
          Buffer.from(JSON.stringify({ ...resource, [middle]: [{ ...scope, [inner]: [one] }] }))
        const early = { ...item, attributes: [], endTimeUnixNano: item.startTimeUnixNano }
        const finishes = signal === 'traces' && item.endTimeUnixNano !== item.startTimeUnixNano
        return { signal, format, part: wrapped(item), unfinished: finishes ? wrapped(early) : null }
      }),
    ),
  )
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value : []
}

// The three levels have the same numbers in both signals: 1 resource_spans, 2 scope_spans, 2 spans.
function cutProtobuf({ signal, format, body }: OtlpRequest): Piece[] {
  return insides(body, 1).flatMap((resource) =>
    insides(resource, 2).flatMap((scope) =>
      insides(scope, 2).map((item) => {
        const wrapped = (one: Buffer<ArrayBuffer>) => lengthDelimited(1, replaced(resource, replaced(scope, one)))
        const early = signal === 'traces' ? unfinishedSpan(item) : null
        return { signal, format, part: wrapped(item), unfinished: early && wrapped(early) }
      }),
    ),
  )
}

function insides(message: Buffer<ArrayBuffer>, number: number): Buffer<ArrayBuffer>[] {
  return fieldsOf(message).flatMap((field) => (field.number === number ? [field.content] : []))
}

/** The message with this as its only field 2, everything else as it was. */
function replaced(message: Buffer<ArrayBuffer>, inside: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  const others = fieldsOf(message).filter((field) => field.number !== 2)
  return Buffer.concat([...others.map((field) => field.bytes), lengthDelimited(2, inside)])
}

// Span: 7 start_time_unix_nano, 8 end_time_unix_nano (both fixed64, after a tag of one byte), 9 attributes
function unfinishedSpan(span: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> | null {
  const fields = fieldsOf(span)
  const start = fields.find((field) => field.number === 7)
  const end = fields.find((field) => field.number === 8)
  if (!start || !end || start.content.equals(end.content)) return null
  const early = (field: Field) =>
    field === end ? Buffer.concat([end.bytes.subarray(0, 1), start.content]) : field.bytes
  return Buffer.concat(fields.filter((field) => field.number !== 9).map(early))
}

function joined(signal: Signal, format: Format, pieces: readonly Piece[]): OtlpRequest {
  const parts = pieces.map((piece) => piece.part)
  const body = format === 'json' ? Buffer.from(`{"${members[signal][0]}":[${parts.join(',')}]}`) : Buffer.concat(parts)
  return { signal, format, body }
}

/** The list cut into slices of `size`, the last of which may be shorter. */
export function slices<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size))
}

/** A copy in another order. */
export function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const keyed = all.map((value) => ({ value, key: random() }))
  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value)
}

/** A linear congruential generator (the constants of Numerical Recipes): good enough to shuffle, and the same everywhere. */
export function randomNumbers(seed: number): () => number {
  let state = Math.imul(seed, 2654435761)
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
