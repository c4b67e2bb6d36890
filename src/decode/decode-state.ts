import { TooLarge } from '../errors.ts'
import type { AnyValue, Attributes, Decoded, LogRecord, Refused, Signal, SingleRequest, Span } from './span.ts'

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
  readonly spans: Span[]
  readonly records: LogRecord[]
  readonly refused: Refused[]
  /** Each warning with the number of its causes. */
  readonly warnings: Map<string, number>
  /** The parts that were counted, towards `maxParts`. */
  parts: number
  /** The index of the next span or record. */
  next: number
}

/** The state before the first item of a request. */
export function newDecodeState(signal: Signal): DecodeState {
  return { signal, spans: [], records: [], refused: [], warnings: new Map(), parts: 0, next: 0 }
}

/** The result, with each warning once and the number of its causes. */
export function decoded(state: DecodeState): Decoded {
  const { spans, records, refused } = state
  const warnings = [...state.warnings].map(([sentence, count]) =>
    count === 1 ? sentence : `${sentence} (${count} times)`,
  )
  return { spans, records, refused, warnings }
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
  if (state.parts > maxParts)
    throw new TooLarge('The request holds too many spans, events, links and attributes: send smaller batches.')
}

/** Sets one attribute. One without a key is dropped (R97); of a repeated key, the last value stays (R96). */
export function setAttribute(state: DecodeState, attributes: Attributes, key: string, value: AnyValue): void {
  countParts(state, 1)
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
