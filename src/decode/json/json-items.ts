import { type Draft, type Intake, spend } from '../decode-state.ts'
import type { LogRecord, Resource, Scope, Span, SpanEvent, SpanLink } from '../span.ts'
import type { SpanDraft } from '../validate.ts'
import { enumOf, idOf, type JsonObject, member, objectOf, objectsOf, textOf, timeOf, uint32Of } from './json-fields.ts'
import { readAnyValue, readAttributes } from './json-values.ts'

/** Fills a blank span from a Span in JSON; throws Malformed at a wrong type, with what is filled by then. */
export function fillSpan(span: SpanDraft, json: JsonObject, intake: Intake): void {
  span.traceId = idOf(member(json, 'traceId'), 'traceId')
  span.spanId = idOf(member(json, 'spanId'), 'spanId')
  span.name = textOf(member(json, 'name'), 'name')
  span.parentSpanId = idOf(member(json, 'parentSpanId'), 'parentSpanId')
  span.traceState = textOf(member(json, 'traceState'), 'traceState')
  span.flags = uint32Of(member(json, 'flags'), 'flags')
  span.kind = enumOf(member(json, 'kind'), 'kind', kinds)
  span.startTimeUnixNano = timeOf(member(json, 'startTimeUnixNano'), 'startTimeUnixNano')
  span.endTimeUnixNano = timeOf(member(json, 'endTimeUnixNano'), 'endTimeUnixNano')
  readAttributes(member(json, 'attributes'), intake, span.attributes, 0)
  span.droppedAttributesCount = dropped(json, 'droppedAttributesCount')
  span.events = objectsOf(member(json, 'events'), 'events').map((event) => readEvent(event, intake))
  span.droppedEventsCount = dropped(json, 'droppedEventsCount')
  span.links = objectsOf(member(json, 'links'), 'links').map((link) => readLink(link, intake))
  span.droppedLinksCount = dropped(json, 'droppedLinksCount')
  span.status = readStatus(objectOf(member(json, 'status'), 'status') ?? {})
}

/** Fills a blank record from a LogRecord in JSON; throws Malformed at a wrong type, with what is filled by then. */
export function fillRecord(record: Draft<LogRecord>, json: JsonObject, intake: Intake): void {
  record.traceId = idOf(member(json, 'traceId'), 'traceId')
  record.spanId = idOf(member(json, 'spanId'), 'spanId')
  record.eventName = textOf(member(json, 'eventName'), 'eventName')
  record.flags = uint32Of(member(json, 'flags'), 'flags')
  record.timeUnixNano = timeOf(member(json, 'timeUnixNano'), 'timeUnixNano')
  record.observedTimeUnixNano = timeOf(member(json, 'observedTimeUnixNano'), 'observedTimeUnixNano')
  record.severityNumber = enumOf(member(json, 'severityNumber'), 'severityNumber', severities)
  record.severityText = textOf(member(json, 'severityText'), 'severityText')
  record.body = readAnyValue(member(json, 'body'), intake, 0)
  readAttributes(member(json, 'attributes'), intake, record.attributes, 0)
  record.droppedAttributesCount = dropped(json, 'droppedAttributesCount')
}

/** Reads what a ResourceSpans or ResourceLogs in JSON says besides its scopes. */
export function readResource(outer: JsonObject, intake: Intake): Resource {
  const resource = { attributes: new Map(), schemaUrl: textOf(member(outer, 'schemaUrl'), 'schemaUrl') }
  const json = objectOf(member(outer, 'resource'), 'resource') ?? {}
  readAttributes(member(json, 'attributes'), intake, resource.attributes, 0)
  return resource
}

/** Reads what a ScopeSpans or ScopeLogs in JSON says besides its items. */
export function readScope(middle: JsonObject, intake: Intake): Scope {
  const json = objectOf(member(middle, 'scope'), 'scope') ?? {}
  const scope = {
    name: textOf(member(json, 'name'), 'scope.name'),
    version: textOf(member(json, 'version'), 'scope.version'),
    attributes: new Map(),
    schemaUrl: textOf(member(middle, 'schemaUrl'), 'schemaUrl'),
  }
  readAttributes(member(json, 'attributes'), intake, scope.attributes, 0)
  return scope
}

function readEvent(json: JsonObject, intake: Intake): SpanEvent {
  spend(intake, 1)
  const event = {
    timeUnixNano: timeOf(member(json, 'timeUnixNano'), 'timeUnixNano'),
    name: textOf(member(json, 'name'), 'event.name'),
    attributes: new Map(),
    droppedAttributesCount: dropped(json, 'droppedAttributesCount'),
  }
  readAttributes(member(json, 'attributes'), intake, event.attributes, 0)
  return event
}

function readLink(json: JsonObject, intake: Intake): SpanLink {
  spend(intake, 1)
  const link = {
    traceId: idOf(member(json, 'traceId'), 'link.traceId'),
    spanId: idOf(member(json, 'spanId'), 'link.spanId'),
    traceState: textOf(member(json, 'traceState'), 'link.traceState'),
    attributes: new Map(),
    droppedAttributesCount: dropped(json, 'droppedAttributesCount'),
    flags: uint32Of(member(json, 'flags'), 'link.flags'),
  }
  readAttributes(member(json, 'attributes'), intake, link.attributes, 0)
  return link
}

function readStatus(json: JsonObject): Span['status'] {
  return {
    code: enumOf(member(json, 'code'), 'code', statusCodes),
    message: textOf(member(json, 'message'), 'message'),
  }
}

function dropped(json: JsonObject, name: string): number {
  return uint32Of(member(json, name), name)
}

/** Names of enums in the order of their numbers. Source: trace.proto and logs.proto. */
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
