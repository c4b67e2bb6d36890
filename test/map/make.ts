import type { AnyValue, LogRecord, Resource, Scope, Span, SpanEvent } from '../../src/decode/span.ts'
import type { MapOptions } from '../../src/map/options.ts'

export const options: MapOptions = { digest: () => 'd'.repeat(64) }

const resource: Resource = { attributes: new Map([['service.name', 'shop']]), schemaUrl: '' }
const scope: Scope = { name: 'my-agent', version: '', attributes: new Map(), schemaUrl: '' }

/** A span with these attributes, one second long; `other` replaces everything else. */
export function spanWith(attributes: Readonly<Record<string, AnyValue>>, other: Partial<Span> = {}): Span {
  return {
    index: 0,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentSpanId: '00f067aa0ba902b7',
    traceState: '',
    flags: 0x101,
    name: 'step',
    kind: 1,
    startTimeUnixNano: 1_795_407_990_000_000_000n,
    endTimeUnixNano: 1_795_407_991_000_000_000n,
    attributes: new Map(Object.entries(attributes)),
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: [],
    droppedLinksCount: 0,
    status: { code: 0, message: '' },
    resource,
    scope,
    ...other,
  }
}

export const atTop: Partial<Span> = { parentSpanId: '' }

export function spanEvent(name: string, attributes: Readonly<Record<string, AnyValue>> = {}): SpanEvent {
  return {
    timeUnixNano: 1_795_407_990_500_000_000n,
    name,
    attributes: new Map(Object.entries(attributes)),
    droppedAttributesCount: 0,
  }
}

export function recordWith(other: Partial<LogRecord>): LogRecord {
  return {
    index: 0,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    flags: 0,
    timeUnixNano: 1_795_407_990_000_000_000n,
    observedTimeUnixNano: 0n,
    severityNumber: 9,
    severityText: 'INFO',
    eventName: '',
    body: null,
    attributes: new Map(),
    droppedAttributesCount: 0,
    resource,
    scope,
    ...other,
  }
}
