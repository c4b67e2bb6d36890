import { hash } from 'node:crypto'
import { TooLarge } from '../errors.ts'
import type {
  AnyValue,
  Attributes,
  Decoded,
  DecodedRest,
  ItemSink,
  LogRecord,
  Refused,
  Signal,
  SingleRequest,
  Span,
} from './span.ts'

/**
 * The parts that a request may hold: each attribute, event, link and array element counts one, each span, log record,
 * resource and scope eight. An empty message takes two bytes on the wire and hundreds in memory, so a limit on bytes alone would be none.
 * An honest request of 64 MiB, the recommended limit, has half as many.
 */
export const maxParts = 2_000_000

/** The number that a span or record counts towards `maxParts`. */
export const partsOfItem = 8

/** The number that a resource, and a scope, counts towards `maxParts`. */
export const partsOfEnclosure = 8

/** The most resources and scopes of a request. Those without an item take two bytes, and as long as others to find. */
export const mostEnclosures: number = maxParts / partsOfEnclosure

/**
 * The most weight of what one span or log record holds, and of what a resource or scope does (R106): an attribute, event, link,
 * array or map, at any depth, weighs `weightOfObject`, a plain value in an array one. An item is decoded and mapped in one turn
 * of the event loop, so this limits the time of that turn. SDKs allow 33,152 objects by default.
 * Source: https://opentelemetry.io/docs/specs/otel/common/#attribute-limits
 */
export const maxItemWeight: number = 8 * 65_536

/** What an attribute, event, link, array or map weighs towards `maxItemWeight`. */
const weightOfObject = 8

/** The arrays and maps that may be nested in one attribute (R65). The limit is low because code that reads them recurses. */
export const maxDepth = 64

/** The text in place of an array or map that is nested deeper than `maxDepth`. */
export const tooDeep = '[nested too deep]'

/** The characters of an invalid id that are kept: four times the length of a valid one. */
const maxShownId = 128

/** A type while its object is being filled. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** Why one span or record is refused. */
export interface Fault {
  /** A slug to count by. */
  readonly reason: string
  /** An English sentence for the sender. */
  readonly message: string
}

/** The part of one request that is decoded so far. */
export interface DecodeState {
  readonly signal: Signal
  readonly sink: ItemSink
  readonly refused: Refused[]
  /** Each warning with the number of its causes. */
  readonly warnings: Map<string, number>
  /** The parts that were counted, towards `maxParts`. */
  parts: number
  /** The weight so far of the span, log record, resource or scope that is being read, towards `maxItemWeight`. */
  weight: number
  /** The index of the next span or record. */
  next: number
}

/** The state before the first item of a request. */
export function newDecodeState(signal: Signal, sink: ItemSink): DecodeState {
  return { signal, sink, refused: [], warnings: new Map(), parts: 0, weight: 0, next: 0 }
}

/** What the sink has not got, with each warning once and the number of its causes. */
export function restOf({ refused, warnings }: DecodeState): DecodedRest {
  const counted = [...warnings].map(([sentence, count]) => (count === 1 ? sentence : `${sentence} (${count} times)`))
  return { refused, warnings: counted }
}

/** Makes lists of what `decode` gives to its sink. */
export function collect(decode: (sink: ItemSink) => DecodedRest): Decoded {
  const spans: Span[] = []
  const records: LogRecord[] = []
  const rest = decode({ span: (span) => spans.push(span), record: (record) => records.push(record) })
  return { spans, records, ...rest }
}

/** Notes a mistake of the sender that costs no span. `sentence` is one of a few and contains no value. */
export function warn(state: DecodeState, sentence: string): void {
  state.warnings.set(sentence, (state.warnings.get(sentence) ?? 0) + 1)
}

/** Warns of an array or map that is nested too deep, and returns the text that takes its place. */
export function replaceDeep(state: DecodeState): string {
  warn(state, `An attribute was nested over ${maxDepth} levels deep: the deeper part was replaced.`)
  return tooDeep
}

/** Warns of a text that is an index into the dictionary of profiles: it counts as absent (R62). */
export function warnOfIndex(state: DecodeState): void {
  warn(state, 'A text was given by its index into a dictionary, which traces and logs have none of: it was left out.')
}

/** Counts parts of a request; throws `TooLarge` above `maxParts`. */
export function countParts(state: DecodeState, parts: number): void {
  state.parts += parts
  if (state.parts > maxParts) throw tooManyParts()
}

function tooManyParts(): TooLarge {
  return new TooLarge('The request holds too many spans, events, links and attributes: send smaller batches.')
}

/** Counts an attribute, event, link, array or map; throws `TooMuchInItem` above `maxItemWeight`, and `TooLarge`. */
export function countObject(state: DecodeState): void {
  state.weight += weightOfObject
  if (++state.parts > maxParts || state.weight > maxItemWeight) throw excessOf(state)
}

/** Counts plain values in an array; throws `TooMuchInItem` above `maxItemWeight`, and `TooLarge`. */
export function countElements(state: DecodeState, count: number): void {
  state.weight += count
  state.parts += count
  if (state.parts > maxParts || state.weight > maxItemWeight) throw excessOf(state)
}

function excessOf({ weight }: DecodeState): Error {
  return weight > maxItemWeight ? new TooMuchInItem() : tooManyParts()
}

/** A span, log record, resource or scope is above `maxItemWeight`. It is caught where that one is read. */
export class TooMuchInItem extends Error {}

/** The fault of a span or log record that is above `maxItemWeight`, or whose resource or scope is. */
export const tooMuchInItem: Fault = {
  reason: 'too-many-attributes',
  message:
    `A span or log record, its resource and its scope may each hold ${maxItemWeight / weightOfObject} attributes, events, ` +
    'links, arrays and maps, or eight times as many plain values in arrays: set the attribute and event limits of the SDK.',
}

/**
 * Returns the request of an item of JSON or of an SDK that holds too much: it has no bytes. To write them would take longer
 * than to decode many spans, and what is left of such an item would be another item, which could be sent again.
 */
export function requestWithoutBytes(signal: Signal, traceId: string, spanId: string, name: string): SingleRequest {
  return {
    format: 'json',
    length: () => Number.POSITIVE_INFINITY,
    digest: () => hash('sha256', JSON.stringify([signal, traceId, spanId, name]), 'hex'),
    bytes: () => new Uint8Array(),
  }
}

/** Sets one attribute. One without a key is dropped (R97); of a repeated key, the last value stays (R96). */
export function setAttribute(state: DecodeState, attributes: Attributes, key: string, value: AnyValue): void {
  countObject(state)
  if (key === '') {
    warn(state, 'An attribute without a key was dropped.')
    return
  }
  const before = attributes.size
  attributes.set(key, value)
  if (attributes.size === before) warn(state, 'An attribute key was repeated: its last value was taken.')
}

/** Refuses one span or record. */
export function refuse(
  state: DecodeState,
  item: { readonly traceId: string; readonly spanId: string; readonly name: string },
  fault: Fault,
  request: SingleRequest,
): void {
  state.refused.push({
    signal: state.signal,
    traceId: item.traceId.slice(0, maxShownId),
    spanId: item.spanId.slice(0, maxShownId),
    name: item.name,
    reason: fault.reason,
    message: fault.message,
    request,
  })
}
