import { TooLarge } from '../errors.ts'
import type { AnyValue, Attributes, Decoded, Format, LogRecord, Refused, Signal, Span } from './span.ts'

/**
 * What a request may hold in all: attributes, events, links and array elements count one each, spans and log records
 * eight. An empty message costs two bytes on the wire and hundreds in memory, so a limit on bytes alone is none. An
 * honest request at the recommended limit of 64 MiB has half as many.
 */
export const mostParts = 2_000_000

/** What a span or record counts towards `mostParts`. */
export const partsOfItem = 8

/** Arrays and maps inside one attribute; what is deeper becomes `tooDeep` (R65). Kept low because every walk recurses. */
export const deepestValue = 64

/** Stands where an array or map was nested deeper than `deepestValue`. */
export const tooDeep = '[nested too deep]'

/** Of an invalid id this much is shown: four times a valid one. */
const longestId = 128

/** A type while its object is being filled. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** Why one span or record is refused: the slug to count, the sentence to answer. */
export interface Fault {
  readonly reason: string
  readonly message: string
}

/** What has been read of one request so far. */
export interface Intake {
  readonly signal: Signal
  readonly format: Format
  readonly spans: Span[]
  readonly records: LogRecord[]
  readonly refused: Refused[]
  /** Sentence → how often. */
  readonly warnings: Map<string, number>
  parts: number
  /** The index of the next span or record. */
  next: number
}

/** An intake for one request. */
export function emptyIntake(signal: Signal, format: Format): Intake {
  return { signal, format, spans: [], records: [], refused: [], warnings: new Map(), parts: 0, next: 0 }
}

/** Each warning once, with the number of its causes. */
export function decoded(intake: Intake): Decoded {
  const { spans, records, refused } = intake
  const warnings = [...intake.warnings].map(([sentence, count]) =>
    count === 1 ? sentence : `${sentence} (${count} times)`,
  )
  return { spans, records, refused, warnings }
}

/** Notes something that the sender should have done otherwise; `sentence` is one of few, and names no value. */
export function warn(intake: Intake, sentence: string): void {
  intake.warnings.set(sentence, (intake.warnings.get(sentence) ?? 0) + 1)
}

/** An array or map is too deep to be read: what stands in its place. */
export function replaceDeep(intake: Intake): string {
  warn(intake, `An attribute was nested over ${deepestValue} levels deep: the deeper part was replaced.`)
  return tooDeep
}

/** A text was given as an index into the dictionary that only profiles have: it is absent (R62). */
export function warnOfIndex(intake: Intake): void {
  warn(intake, 'A text was given by its index into a dictionary, which traces and logs have none of: it was left out.')
}

/** Counts parts of a request; throws `TooLarge` at the limit. */
export function spend(intake: Intake, parts: number): void {
  intake.parts += parts
  if (intake.parts > mostParts)
    throw new TooLarge('The request holds too many spans, events, links and attributes: send smaller batches.')
}

/** Stores one attribute: without a key it is dropped (R97), of a repeated key the last value stays (R96). */
export function keep(intake: Intake, into: Attributes, key: string, value: AnyValue): void {
  spend(intake, 1)
  if (key === '') {
    warn(intake, 'An attribute without a key was dropped.')
    return
  }
  const before = into.size
  into.set(key, value)
  if (into.size === before) warn(intake, 'An attribute key was repeated: its last value was taken.')
}

/**
 * Refuses one span or record. `bytes` is asked only when somebody reads it: each answer repeats the resource and the
 * scope, which for a request full of refused spans may be a multiple of the request.
 */
export function refuse(
  intake: Intake,
  item: { readonly traceId: string; readonly spanId: string; readonly name: string },
  fault: Fault,
  bytes: () => Uint8Array,
): void {
  intake.refused.push({
    signal: intake.signal,
    traceId: item.traceId.slice(0, longestId),
    spanId: item.spanId.slice(0, longestId),
    name: item.name,
    reason: fault.reason,
    message: fault.message,
    format: intake.format,
    get bytes() {
      return bytes()
    },
  })
}
