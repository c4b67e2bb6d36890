import { TraceFlags } from '@opentelemetry/api'
import { decode } from '../../src/decode/decode.ts'
import type { SdkContext, SdkRecord, SdkResource, SdkScope, SdkSpan } from '../../src/decode/sdk/sdk-types.ts'
import type { AnyValue, Attributes, LogRecord, Resource, Scope, Span } from '../../src/decode/span.ts'
import { requestsOf } from './recordings.ts'

/** A recording's spans and records as an SDK of JavaScript would hand them to an exporter, in its objects. */
export function readablesOf(recording: string): { readonly spans: SdkSpan[]; readonly records: SdkRecord[] } {
  const decoded = requestsOf(recording).map(({ signal, format, body }) => decode(signal, format, body))
  return {
    spans: decoded.flatMap(({ spans }) => spans.map(readableSpan)),
    records: decoded.flatMap(({ records }) => records.map(readableRecord)),
  }
}

/** What OTLP can say and the SDK can't hold is lost: an unspecified kind, not being sampled. */
export function readableSpan(span: Span): SdkSpan {
  const context = contextOf(span.traceId, span.spanId, span.flags, span.traceState)
  const parent = span.parentSpanId === '' ? undefined : contextOf(span.traceId, span.parentSpanId, span.flags, '')
  return {
    name: span.name,
    kind: Math.max(span.kind - 1, 0),
    spanContext: () => context,
    parentSpanContext: parent,
    startTime: timeOf(span.startTimeUnixNano),
    endTime: timeOf(span.endTimeUnixNano),
    status: span.status,
    attributes: plain(span.attributes),
    links: span.links.map((link) => ({
      context: contextOf(link.traceId, link.spanId, link.flags, link.traceState),
      attributes: plain(link.attributes),
      droppedAttributesCount: link.droppedAttributesCount,
    })),
    events: span.events.map((event) => ({
      time: timeOf(event.timeUnixNano),
      name: event.name,
      attributes: plain(event.attributes),
      droppedAttributesCount: event.droppedAttributesCount,
    })),
    resource: resourceOf(span.resource),
    instrumentationScope: scopeOf(span.scope),
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  }
}

export function readableRecord(record: LogRecord): SdkRecord {
  return {
    hrTime: timeOf(record.timeUnixNano),
    hrTimeObserved: timeOf(record.observedTimeUnixNano),
    spanContext: record.traceId === '' ? undefined : contextOf(record.traceId, record.spanId, record.flags, ''),
    severityText: record.severityText,
    severityNumber: record.severityNumber,
    body: plainValue(record.body),
    eventName: record.eventName,
    resource: resourceOf(record.resource),
    instrumentationScope: scopeOf(record.scope),
    attributes: plain(record.attributes),
    droppedAttributesCount: record.droppedAttributesCount,
  }
}

function contextOf(traceId: string, spanId: string, flags: number, traceState: string): SdkContext {
  const isRemote = (flags & 0x200) !== 0
  const state = traceState === '' ? undefined : { serialize: () => traceState }
  return { traceId, spanId, traceFlags: (flags & 0xff) | TraceFlags.SAMPLED, isRemote, traceState: state }
}

function timeOf(nanoseconds: bigint): [number, number] {
  return [Number(nanoseconds / 1_000_000_000n), Number(nanoseconds % 1_000_000_000n)]
}

const resources = new WeakMap<Resource, SdkResource>()
function resourceOf(resource: Resource): SdkResource {
  const made = resources.get(resource) ?? { attributes: plain(resource.attributes), schemaUrl: resource.schemaUrl }
  resources.set(resource, made)
  return made
}

const scopes = new WeakMap<Scope, SdkScope>()
function scopeOf(scope: Scope): SdkScope {
  const made = scopes.get(scope) ?? { ...scope, attributes: plain(scope.attributes) }
  scopes.set(scope, made)
  return made
}

function plain(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(Array.from(attributes, ([key, value]) => [key, plainValue(value)]))
}

/** A whole number over 2^53 is one that JavaScript can hold, or the nearest. */
function plainValue(value: AnyValue): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Map) return plain(value)
  return Array.isArray(value) ? value.map(plainValue) : value
}
