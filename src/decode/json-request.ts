import { hash } from 'node:crypto'
import type {
  AnyValue,
  Attributes,
  LogRecord,
  Scope,
  Signal,
  SingleRequest,
  Span,
  SpanEvent,
  SpanLink,
} from './span.ts'

/** Returns the request of one decoded item. */
export function singleJsonRequest(signal: Signal, item: Span | LogRecord): SingleRequest {
  const bytes = () => jsonRequestOf(signal, item)
  return { format: 'json', length: () => bytes().length, digest: () => hash('sha256', bytes(), 'hex'), bytes }
}

/**
 * Writes an OTLP request in JSON that holds only this span or log record, with its resource and scope. `decode` reads it
 * back to the same canonical digest. Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function jsonRequestOf(signal: Signal, item: Span | LogRecord): Uint8Array {
  const { resource, scope } = item
  const group = { resource: { attributes: keyValues(resource.attributes) }, schemaUrl: resource.schemaUrl }
  const inner = { scope: scopeJson(scope), schemaUrl: scope.schemaUrl }
  const request =
    signal === 'traces'
      ? { resourceSpans: [{ ...group, scopeSpans: [{ ...inner, spans: [spanJson(item as Span)] }] }] }
      : { resourceLogs: [{ ...group, scopeLogs: [{ ...inner, logRecords: [recordJson(item as LogRecord)] }] }] }
  return Buffer.from(JSON.stringify(request))
}

function scopeJson({ name, version, attributes }: Scope): object {
  return { name, version, attributes: keyValues(attributes) }
}

function spanJson(span: Span): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    traceState: span.traceState,
    flags: span.flags,
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: String(span.startTimeUnixNano),
    endTimeUnixNano: String(span.endTimeUnixNano),
    attributes: keyValues(span.attributes),
    droppedAttributesCount: span.droppedAttributesCount,
    events: span.events.map(eventJson),
    droppedEventsCount: span.droppedEventsCount,
    links: span.links.map(linkJson),
    droppedLinksCount: span.droppedLinksCount,
    status: span.status,
  }
}

function eventJson(event: SpanEvent): object {
  return { ...event, timeUnixNano: String(event.timeUnixNano), attributes: keyValues(event.attributes) }
}

function linkJson(link: SpanLink): object {
  return { ...link, attributes: keyValues(link.attributes) }
}

function recordJson(record: LogRecord): object {
  return {
    traceId: record.traceId,
    spanId: record.spanId,
    flags: record.flags,
    timeUnixNano: String(record.timeUnixNano),
    observedTimeUnixNano: String(record.observedTimeUnixNano),
    severityNumber: record.severityNumber,
    severityText: record.severityText,
    eventName: record.eventName,
    body: anyValue(record.body),
    attributes: keyValues(record.attributes),
    droppedAttributesCount: record.droppedAttributesCount,
  }
}

function keyValues(attributes: Attributes): object[] {
  return Array.from(attributes, ([key, value]) => ({ key, value: anyValue(value) }))
}

function anyValue(value: AnyValue): object {
  if (value === null) return {}
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return { intValue: String(value) }
  // JSON has neither NaN nor infinity: OTLP writes them as texts.
  if (typeof value === 'number') return { doubleValue: Number.isFinite(value) ? value : String(value) }
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  return { kvlistValue: { values: keyValues(value) } }
}
