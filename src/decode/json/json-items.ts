import { countObject, type DecodeState, type Draft, warn } from '../decode-state.ts'
import type { LogRecord, Resource, Scope, Span, SpanEvent, SpanLink } from '../span.ts'
import type { SpanDraft } from '../validate.ts'
import {
  enumOf,
  idOf,
  type JsonObject,
  member,
  objectOf,
  objectsOf,
  textOf,
  timeOf,
  uint32Of,
  wholeNumberOf,
} from './json-fields.ts'
import { readAnyValue, readAttributes } from './json-values.ts'

/** Fills a blank span from a Span in JSON. Throws Malformed at a wrong type; the fields before it are filled then. */
export function fillSpan(span: SpanDraft, json: JsonObject, state: DecodeState): void {
  readSpanIdentity(span, json)
  span.parentSpanId = idOf(member(json, 'parentSpanId'), 'parentSpanId')
  span.traceState = textOf(member(json, 'traceState'), 'traceState')
  span.flags = uint32Of(member(json, 'flags'), 'flags')
  span.kind = enumOf(member(json, 'kind'), 'kind', kinds)
  span.startTimeUnixNano = timeOf(member(json, 'startTimeUnixNano'), 'startTimeUnixNano')
  span.endTimeUnixNano = timeOf(member(json, 'endTimeUnixNano'), 'endTimeUnixNano')
  readAttributes(member(json, 'attributes'), state, span.attributes, 0)
  span.droppedAttributesCount = dropped(json, 'droppedAttributesCount', state)
  span.events = objectsOf(member(json, 'events'), 'events').map((event) => readEvent(event, state))
  span.droppedEventsCount = dropped(json, 'droppedEventsCount', state)
  span.links = objectsOf(member(json, 'links'), 'links').map((link) => readLink(link, state))
  span.droppedLinksCount = dropped(json, 'droppedLinksCount', state)
  span.status = readStatus(objectOf(member(json, 'status'), 'status') ?? {})
}

/** Fills a blank record from a LogRecord in JSON. Throws Malformed at a wrong type; the fields before it are filled then. */
export function fillRecord(record: Draft<LogRecord>, json: JsonObject, state: DecodeState): void {
  readRecordIdentity(record, json)
  record.flags = uint32Of(member(json, 'flags'), 'flags')
  record.timeUnixNano = timeOf(member(json, 'timeUnixNano'), 'timeUnixNano')
  record.observedTimeUnixNano = timeOf(member(json, 'observedTimeUnixNano'), 'observedTimeUnixNano')
  record.severityNumber = enumOf(member(json, 'severityNumber'), 'severityNumber', severities)
  record.severityText = textOf(member(json, 'severityText'), 'severityText')
  record.body = readAnyValue(member(json, 'body'), state, 0)
  readAttributes(member(json, 'attributes'), state, record.attributes, 0)
  record.droppedAttributesCount = dropped(json, 'droppedAttributesCount', state)
}

/** Fills a blank span with what names it. Throws Malformed at a wrong type. */
export function readSpanIdentity(span: SpanDraft, json: JsonObject): void {
  span.traceId = idOf(member(json, 'traceId'), 'traceId')
  span.spanId = idOf(member(json, 'spanId'), 'spanId')
  span.name = textOf(member(json, 'name'), 'name')
}

/** Fills a blank record with what names it. Throws Malformed at a wrong type. */
export function readRecordIdentity(record: Draft<LogRecord>, json: JsonObject): void {
  record.traceId = idOf(member(json, 'traceId'), 'traceId')
  record.spanId = idOf(member(json, 'spanId'), 'spanId')
  record.eventName = textOf(member(json, 'eventName'), 'eventName')
}

/** Reads the resource of a ResourceSpans or ResourceLogs in JSON. */
export function readResource(outer: JsonObject, state: DecodeState): Resource {
  const resource = { attributes: new Map(), schemaUrl: textOf(member(outer, 'schemaUrl'), 'schemaUrl') }
  const json = objectOf(member(outer, 'resource'), 'resource') ?? {}
  readAttributes(member(json, 'attributes'), state, resource.attributes, 0)
  return resource
}

/** Reads the scope of a ScopeSpans or ScopeLogs in JSON. */
export function readScope(middle: JsonObject, state: DecodeState): Scope {
  const json = objectOf(member(middle, 'scope'), 'scope') ?? {}
  const scope = {
    name: textOf(member(json, 'name'), 'scope.name'),
    version: textOf(member(json, 'version'), 'scope.version'),
    attributes: new Map(),
    schemaUrl: textOf(member(middle, 'schemaUrl'), 'schemaUrl'),
  }
  readAttributes(member(json, 'attributes'), state, scope.attributes, 0)
  return scope
}

function readEvent(json: JsonObject, state: DecodeState): SpanEvent {
  countObject(state)
  const event = {
    timeUnixNano: timeOf(member(json, 'timeUnixNano'), 'timeUnixNano'),
    name: textOf(member(json, 'name'), 'event.name'),
    attributes: new Map(),
    droppedAttributesCount: dropped(json, 'droppedAttributesCount', state),
  }
  readAttributes(member(json, 'attributes'), state, event.attributes, 0)
  return event
}

function readLink(json: JsonObject, state: DecodeState): SpanLink {
  countObject(state)
  const link = {
    traceId: idOf(member(json, 'traceId'), 'link.traceId'),
    spanId: idOf(member(json, 'spanId'), 'link.spanId'),
    traceState: textOf(member(json, 'traceState'), 'link.traceState'),
    attributes: new Map(),
    droppedAttributesCount: dropped(json, 'droppedAttributesCount', state),
    flags: uint32Of(member(json, 'flags'), 'link.flags'),
  }
  readAttributes(member(json, 'attributes'), state, link.attributes, 0)
  return link
}

function readStatus(json: JsonObject): Span['status'] {
  return {
    code: enumOf(member(json, 'code'), 'code', statusCodes),
    message: textOf(member(json, 'message'), 'message'),
  }
}

/**
 * Returns how many parts the sender dropped. A number beyond 32 bits is 0, with a warning: some exporters write −1, and no
 * row depends on the count (R90).
 */
function dropped(json: JsonObject, name: string, state: DecodeState): number {
  const value = member(json, name)
  const count = typeof value === 'number' || typeof value === 'string' ? wholeNumberOf(value) : undefined
  if (count === undefined || (count >= 0 && count <= 0xffff_ffff)) return uint32Of(value, name)
  warn(state, 'A count of what the sender dropped was negative or beyond 32 bits: it was taken as 0.')
  return 0
}

/** The numbers of an enum's names, which are listed from 0. Source: trace.proto and logs.proto. */
function numbered(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, number) => [name, number]))
}

const kinds = numbered(
  ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map((name) => `SPAN_KIND_${name}`),
)

const statusCodes = numbered(['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'])

const severities = numbered([
  'SEVERITY_NUMBER_UNSPECIFIED',
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name) =>
    ['', '2', '3', '4'].map((step) => `SEVERITY_NUMBER_${name}${step}`),
  ),
])
