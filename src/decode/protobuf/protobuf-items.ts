import { countObject, type DecodeState, type Draft } from '../decode-state.ts'
import type { Attributes, LogRecord, Scope, Span, SpanEvent, SpanLink } from '../span.ts'
import type { SpanDraft } from '../validate.ts'
import { readAnyValue, readKeyValue } from './protobuf-values.ts'
import type { Reader } from './wire.ts'

// A tag is field number × 8 + wire type (0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes). The comment of a
// `case` has the field's number and name; a comment before a loop lists the tags that the loop knows.

/** Fills a blank span with the fields of one Span of trace.proto, which reach up to `end`. */
export function fillSpan(span: SpanDraft, reader: Reader, end: number, state: DecodeState): void {
  while (reader.at < end) {
    const tag = reader.tag()
    switch (tag) {
      case 10: // 1 trace_id
        span.traceId = reader.hex()
        break
      case 18: // 2 span_id
        span.spanId = reader.hex()
        break
      case 26: // 3 trace_state
        span.traceState = reader.text()
        break
      case 34: // 4 parent_span_id
        span.parentSpanId = reader.hex()
        break
      case 42: // 5 name
        span.name = reader.text()
        break
      case 48: // 6 kind
        span.kind = reader.int32()
        break
      case 57: // 7 start_time_unix_nano
        span.startTimeUnixNano = reader.fixed64()
        break
      case 65: // 8 end_time_unix_nano
        span.endTimeUnixNano = reader.fixed64()
        break
      case 74: // 9 attributes
        readKeyValue(reader, state, span.attributes, 0)
        break
      case 80: // 10 dropped_attributes_count
        span.droppedAttributesCount = reader.uint32()
        break
      case 90: // 11 events
        span.events.push(readEvent(reader, state))
        break
      case 96: // 12 dropped_events_count
        span.droppedEventsCount = reader.uint32()
        break
      case 106: // 13 links
        span.links.push(readLink(reader, state))
        break
      case 112: // 14 dropped_links_count
        span.droppedLinksCount = reader.uint32()
        break
      case 122: // 15 status
        span.status = readStatus(reader, span.status)
        break
      case 133: // 16 flags
        span.flags = reader.fixed32()
        break
      default:
        reader.skip(tag)
    }
  }
  reader.close(end)
}

/** Fills a blank record with the fields of one LogRecord of logs.proto, which reach up to `end`. */
export function fillRecord(record: Draft<LogRecord>, reader: Reader, end: number, state: DecodeState): void {
  while (reader.at < end) {
    const tag = reader.tag()
    switch (tag) {
      case 9: // 1 time_unix_nano
        record.timeUnixNano = reader.fixed64()
        break
      case 16: // 2 severity_number
        record.severityNumber = reader.int32()
        break
      case 26: // 3 severity_text
        record.severityText = reader.text()
        break
      case 42: // 5 body
        record.body = readAnyValue(reader, state, record.body, 0)
        break
      case 50: // 6 attributes
        readKeyValue(reader, state, record.attributes, 0)
        break
      case 56: // 7 dropped_attributes_count
        record.droppedAttributesCount = reader.uint32()
        break
      case 69: // 8 flags
        record.flags = reader.fixed32()
        break
      case 74: // 9 trace_id
        record.traceId = reader.hex()
        break
      case 82: // 10 span_id
        record.spanId = reader.hex()
        break
      case 89: // 11 observed_time_unix_nano
        record.observedTimeUnixNano = reader.fixed64()
        break
      case 98: // 12 event_name
        record.eventName = reader.text()
        break
      default:
        reader.skip(tag)
    }
  }
  reader.close(end)
}

/** Fills a blank span with what names it: that of a span whose other fields are not read. */
export function readSpanIdentity(span: SpanDraft, reader: Reader, end: number): void {
  // 10 trace_id, 18 span_id, 42 name
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10) span.traceId = reader.hex()
    else if (tag === 18) span.spanId = reader.hex()
    else if (tag === 42) span.name = reader.text()
    else reader.skip(tag)
  }
  reader.close(end)
}

/** Fills a blank record with what names it. */
export function readRecordIdentity(record: Draft<LogRecord>, reader: Reader, end: number): void {
  // 74 trace_id, 82 span_id, 98 event_name
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 74) record.traceId = reader.hex()
    else if (tag === 82) record.spanId = reader.hex()
    else if (tag === 98) record.eventName = reader.text()
    else reader.skip(tag)
  }
  reader.close(end)
}

/** Reads the attributes of one Resource of resource.proto at the cursor. */
export function readResource(reader: Reader, state: DecodeState, attributes: Attributes): void {
  const end = reader.end()
  // 10 attributes
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10) readKeyValue(reader, state, attributes, 0)
    else reader.skip(tag)
  }
  reader.close(end)
}

/** Reads one InstrumentationScope of common.proto at the cursor into `scope`. */
export function readScope(reader: Reader, state: DecodeState, scope: Draft<Scope>): void {
  const end = reader.end()
  // 10 name, 18 version, 26 attributes
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10) scope.name = reader.text()
    else if (tag === 18) scope.version = reader.text()
    else if (tag === 26) readKeyValue(reader, state, scope.attributes, 0)
    else reader.skip(tag)
  }
  reader.close(end)
}

function readEvent(reader: Reader, state: DecodeState): SpanEvent {
  countObject(state)
  const end = reader.end()
  const event: Draft<SpanEvent> = { timeUnixNano: 0n, name: '', attributes: new Map(), droppedAttributesCount: 0 }
  // 9 time_unix_nano, 18 name, 26 attributes, 32 dropped_attributes_count
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 9) event.timeUnixNano = reader.fixed64()
    else if (tag === 18) event.name = reader.text()
    else if (tag === 26) readKeyValue(reader, state, event.attributes, 0)
    else if (tag === 32) event.droppedAttributesCount = reader.uint32()
    else reader.skip(tag)
  }
  reader.close(end)
  return event
}

function readLink(reader: Reader, state: DecodeState): SpanLink {
  countObject(state)
  const end = reader.end()
  const link: Draft<SpanLink> = {
    traceId: '',
    spanId: '',
    traceState: '',
    attributes: new Map(),
    droppedAttributesCount: 0,
    flags: 0,
  }
  // 10 trace_id, 18 span_id, 26 trace_state, 34 attributes, 40 dropped_attributes_count, 53 flags
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10) link.traceId = reader.hex()
    else if (tag === 18) link.spanId = reader.hex()
    else if (tag === 26) link.traceState = reader.text()
    else if (tag === 34) readKeyValue(reader, state, link.attributes, 0)
    else if (tag === 40) link.droppedAttributesCount = reader.uint32()
    else if (tag === 53) link.flags = reader.fixed32()
    else reader.skip(tag)
  }
  reader.close(end)
  return link
}

function readStatus(reader: Reader, before: Span['status']): Span['status'] {
  const end = reader.end()
  let { code, message } = before
  // 18 message, 24 code
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 18) message = reader.text()
    else if (tag === 24) code = reader.int32()
    else reader.skip(tag)
  }
  reader.close(end)
  return { code, message }
}
