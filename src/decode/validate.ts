import { largestBigint } from '../columns.ts'
import { type DecodeState, type Draft, type Fault, refuse, warn } from './decode-state.ts'
import type { LogRecord, Resource, Scope, SingleRequest, Span, SpanEvent, SpanLink } from './span.ts'

const traceIdForm = /^[0-9a-f]{32}$/
const spanIdForm = /^[0-9a-f]{16}$/
const zeroTraceId = '0'.repeat(32)
const zeroSpanId = '0'.repeat(16)

/** A span while it is being filled. */
export interface SpanDraft extends Omit<Draft<Span>, 'events' | 'links'> {
  events: SpanEvent[]
  links: SpanLink[]
}

/** A span before any of its fields is read. */
export function blankSpan(index: number, resource: Resource, scope: Scope): SpanDraft {
  return {
    index,
    traceId: '',
    spanId: '',
    parentSpanId: '',
    traceState: '',
    flags: 0,
    name: '',
    kind: 0,
    startTimeUnixNano: 0n,
    endTimeUnixNano: 0n,
    attributes: new Map(),
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: [],
    droppedLinksCount: 0,
    status: unset,
    resource,
    scope,
  }
}

const unset: Span['status'] = Object.freeze({ code: 0, message: '' })

/** A log record before any of its fields is read. */
export function blankRecord(index: number, resource: Resource, scope: Scope): Draft<LogRecord> {
  return {
    index,
    traceId: '',
    spanId: '',
    flags: 0,
    timeUnixNano: 0n,
    observedTimeUnixNano: 0n,
    severityNumber: 0,
    severityText: '',
    eventName: '',
    body: null,
    attributes: new Map(),
    droppedAttributesCount: 0,
    resource,
    scope,
  }
}

/**
 * Gives a span to the sink, or refuses it: for `fault`, which an earlier step has found, for an invalid id (R85),
 * or for a time out of range (R89). `request` makes a request that holds only the span.
 */
export function addSpan(
  state: DecodeState,
  span: SpanDraft,
  fault: Fault | undefined,
  request: () => SingleRequest,
): void {
  const found = fault ?? faultOfSpan(state, span)
  if (found === undefined) state.sink.span(span)
  else refuse(state, span, found, request())
}

/** Gives a log record to the sink, or refuses it. Its ids are optional, so only a time can be at fault (R89). */
export function addRecord(
  state: DecodeState,
  record: Draft<LogRecord>,
  fault: Fault | undefined,
  request: () => SingleRequest,
): void {
  const found = fault ?? faultOfRecord(state, record)
  if (found === undefined) state.sink.record(record)
  else refuse(state, { ...record, name: record.eventName }, found, request())
}

/**
 * The fault for which a span must be refused. Mistakes beside its identity are repaired (R86, R87).
 * Source: trace.proto, "considered invalid".
 */
function faultOfSpan(state: DecodeState, span: SpanDraft): Fault | undefined {
  if (!isTraceId(span.traceId)) return badId('invalid-trace-id', 'trace id', 16, span.traceId)
  if (!isSpanId(span.spanId)) return badId('invalid-span-id', 'span id', 8, span.spanId)
  if (!inRange(span.startTimeUnixNano) || !inRange(span.endTimeUnixNano)) return outOfRange
  if (span.parentSpanId !== '') span.parentSpanId = parentOf(state, span.parentSpanId)
  if (span.links.length > 0) keepValidLinks(span)
  if (span.events.length > 0) span.events = span.events.map((event) => withTimeInRange(state, event))
  return undefined
}

/** The fault for which a log record must be refused. Wrong ids become ''. */
function faultOfRecord(state: DecodeState, record: Draft<LogRecord>): Fault | undefined {
  if (!inRange(record.timeUnixNano) || !inRange(record.observedTimeUnixNano)) return outOfRange
  if (record.traceId !== '' && !isTraceId(record.traceId)) {
    warn(state, 'A log record had an invalid trace id, which was left out.')
    record.traceId = ''
  }
  if (record.spanId !== '' && !isSpanId(record.spanId)) {
    warn(state, 'A log record had an invalid span id, which was left out.')
    record.spanId = ''
  }
  return undefined
}

const outOfRange: Fault = {
  reason: 'time-out-of-range',
  message: 'A time must be between 0 and 9223372036854775807 nanoseconds since 1970.',
}

function badId(reason: string, what: string, bytes: number, id: string): Fault {
  const found = id === '' ? 'none' : /^0+$/.test(id) ? 'zeros' : `${id.length} digits or other characters`
  return {
    reason,
    message: `A ${what} must be ${bytes} bytes (${bytes * 2} hex digits in JSON), not all zero; it has ${found}.`,
  }
}

function isTraceId(id: string): boolean {
  return traceIdForm.test(id) && id !== zeroTraceId
}

function isSpanId(id: string): boolean {
  return spanIdForm.test(id) && id !== zeroSpanId
}

function inRange(time: bigint): boolean {
  return time >= 0n && time <= largestBigint
}

function parentOf(state: DecodeState, id: string): string {
  if (isSpanId(id)) return id
  if (id !== zeroSpanId) warn(state, 'A span had an invalid parent span id and was taken as a root.')
  return ''
}

function keepValidLinks(span: SpanDraft): void {
  const valid = span.links.filter((link) => isTraceId(link.traceId) && isSpanId(link.spanId))
  span.droppedLinksCount += span.links.length - valid.length
  span.links = valid
}

/** The event, with no time in place of one that can't be stored: an event's time is no reason to refuse its span. */
function withTimeInRange(state: DecodeState, event: SpanEvent): SpanEvent {
  if (inRange(event.timeUnixNano)) return event
  warn(state, 'A span event had a time that is out of range, which was left out.')
  return { ...event, timeUnixNano: 0n }
}
