import type { AnyValue, Attributes, LogRecord, Resource, Scope, Span } from '../../src/decode/span.ts'
import type { OtlpRequest } from './recordings.ts'

/** An OTLP/JSON request of one span. */
export function requestOfSpan(span: Span): OtlpRequest {
  const { traceId, spanId, parentSpanId, name, kind, events, status } = span
  const json = {
    ...{ traceId, spanId, parentSpanId, name, kind, status },
    startTimeUnixNano: String(span.startTimeUnixNano),
    endTimeUnixNano: String(span.endTimeUnixNano),
    attributes: keyValues(span.attributes),
    events: events.map((event) => ({
      name: event.name,
      timeUnixNano: String(event.timeUnixNano),
      attributes: keyValues(event.attributes),
    })),
  }
  const scopeSpans = [{ scope: scopeOf(span.scope), spans: [json] }]
  return requestOf('traces', { resourceSpans: [{ resource: resourceOf(span.resource), scopeSpans }] })
}

/** An OTLP/JSON request of one log record without a body. */
export function requestOfRecord(record: LogRecord): OtlpRequest {
  const { traceId, spanId, eventName, severityNumber, severityText } = record
  const json = {
    ...{ traceId, spanId, eventName, severityNumber, severityText },
    timeUnixNano: String(record.timeUnixNano),
    attributes: keyValues(record.attributes),
  }
  const scopeLogs = [{ scope: scopeOf(record.scope), logRecords: [json] }]
  return requestOf('logs', { resourceLogs: [{ resource: resourceOf(record.resource), scopeLogs }] })
}

function requestOf(signal: OtlpRequest['signal'], json: object): OtlpRequest {
  return { signal, format: 'json', body: Buffer.from(JSON.stringify(json)) }
}

function scopeOf({ name, version }: Scope): object {
  return { name, version }
}

function resourceOf({ attributes }: Resource): object {
  return { attributes: keyValues(attributes) }
}

function keyValues(attributes: Attributes): object[] {
  return [...attributes].map(([key, value]) => ({ key, value: anyValue(value) }))
}

function anyValue(value: AnyValue): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'bigint') return { intValue: String(value) }
  if (typeof value === 'number') return { doubleValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  return value instanceof Map ? { kvlistValue: { values: keyValues(value) } } : {}
}
