import { readdirSync, readFileSync } from 'node:fs'
import protobuf from 'protobufjs'
import type { AnyValue, Attributes, LogRecord, Resource, Scope, Span } from '../../src/decode/span.ts'

/**
 * Reads the request bodies of a recording into Spans and LogRecords with an encoder of its own, so that the map room is
 * tested against bytes without depending on how the decode room reads them.
 */
const schema = `
syntax = "proto3";
message AnyValue { oneof value { string stringValue = 1; bool boolValue = 2; int64 intValue = 3; double doubleValue = 4; ArrayValue arrayValue = 5; KeyValueList kvlistValue = 6; bytes bytesValue = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; }
message Event { fixed64 timeUnixNano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Status { string message = 2; int32 code = 3; }
message Span { bytes traceId = 1; bytes spanId = 2; bytes parentSpanId = 4; string name = 5; int32 kind = 6; fixed64 startTimeUnixNano = 7; fixed64 endTimeUnixNano = 8; repeated KeyValue attributes = 9; repeated Event events = 11; Status status = 15; fixed32 flags = 16; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
message TracesData { repeated ResourceSpans resourceSpans = 1; }
message LogRecord { fixed64 timeUnixNano = 1; int32 severityNumber = 2; string severityText = 3; AnyValue body = 5; repeated KeyValue attributes = 6; bytes traceId = 9; bytes spanId = 10; fixed64 observedTimeUnixNano = 11; string eventName = 12; }
message ScopeLogs { Scope scope = 1; repeated LogRecord logRecords = 2; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scopeLogs = 2; }
message LogsData { repeated ResourceLogs resourceLogs = 1; }`
const root = protobuf.parse(schema, { keepCase: true }).root

/** What a folder of test/recordings holds, in the order of arrival. */
export function load(name: string): { spans: Span[]; records: LogRecord[] } {
  const folder = new URL(`../recordings/${name}/`, import.meta.url)
  const spans: Span[] = []
  const records: LogRecord[] = []
  for (const file of readdirSync(folder).sort()) {
    const [, signal, format] = file.split('.')
    if (signal !== 'traces' && signal !== 'logs') continue
    const body = read(readFileSync(new URL(file, folder)), signal, format!)
    for (const group of body.resourceSpans ?? []) spans.push(...spansOf(group, spans.length))
    for (const group of body.resourceLogs ?? []) records.push(...recordsOf(group, records.length))
  }
  return { spans, records }
}

/** A span id occurs once: resent copies are dropped, as the ledger does. */
export function loadOnce(name: string): { spans: Span[]; records: LogRecord[] } {
  const { spans, records } = load(name)
  return { spans: [...new Map(spans.map((span) => [span.traceId + span.spanId, span])).values()], records }
}

/** The bodies are read here as plain JSON, whatever carried them; this file alone knows that shape. */
interface Json {
  // biome-ignore lint/suspicious/noExplicitAny: the JSON of OTLP, read once, here
  [key: string]: any
}

function read(bytes: Buffer, signal: string, format: string): Json {
  if (format === 'json') return JSON.parse(bytes.toString('utf8')) as Json
  const type = root.lookupType(signal === 'traces' ? 'TracesData' : 'LogsData')
  return type.toObject(type.decode(bytes), { longs: String, bytes: String }) as Json
}

function spansOf(group: Json, index: number): Span[] {
  const resource: Resource = { attributes: attributesOf(group.resource?.attributes), schemaUrl: '' }
  return (group.scopeSpans as Json[]).flatMap((scoped) => {
    const scope = scopeOf(scoped.scope)
    return (scoped.spans as Json[]).map((span) => ({
      index: index++,
      traceId: hex(span.traceId),
      spanId: hex(span.spanId),
      parentSpanId: hex(span.parentSpanId),
      traceState: '',
      flags: span.flags ?? 0,
      name: span.name ?? '',
      kind: span.kind ?? 0,
      startTimeUnixNano: BigInt(span.startTimeUnixNano),
      endTimeUnixNano: BigInt(span.endTimeUnixNano),
      attributes: attributesOf(span.attributes),
      droppedAttributesCount: 0,
      events: ((span.events ?? []) as Json[]).map((event) => ({
        timeUnixNano: BigInt(event.timeUnixNano),
        name: event.name,
        attributes: attributesOf(event.attributes),
        droppedAttributesCount: 0,
      })),
      droppedEventsCount: 0,
      links: [],
      droppedLinksCount: 0,
      status: { code: span.status?.code ?? 0, message: span.status?.message ?? '' },
      resource,
      scope,
    }))
  })
}

function recordsOf(group: Json, index: number): LogRecord[] {
  const resource: Resource = { attributes: attributesOf(group.resource?.attributes), schemaUrl: '' }
  return (group.scopeLogs as Json[]).flatMap((scoped) => {
    const scope = scopeOf(scoped.scope)
    return (scoped.logRecords as Json[]).map((record) => ({
      index: index++,
      traceId: hex(record.traceId),
      spanId: hex(record.spanId),
      flags: 0,
      timeUnixNano: BigInt(record.timeUnixNano ?? 0),
      observedTimeUnixNano: BigInt(record.observedTimeUnixNano ?? 0),
      severityNumber: record.severityNumber ?? 0,
      severityText: record.severityText ?? '',
      eventName: record.eventName ?? '',
      body: anyValueOf(record.body),
      attributes: attributesOf(record.attributes),
      droppedAttributesCount: 0,
      resource,
      scope,
    }))
  })
}

function scopeOf(scope: Json | undefined): Scope {
  return { name: scope?.name ?? '', version: scope?.version ?? '', attributes: new Map(), schemaUrl: '' }
}

function attributesOf(list: Json[] | undefined): Attributes {
  return new Map((list ?? []).map((pair) => [pair.key, anyValueOf(pair.value)]))
}

function anyValueOf(value: Json | undefined): AnyValue {
  if (value == null) return null
  if (value.intValue != null) return Number(value.intValue)
  if (value.arrayValue != null) return (value.arrayValue.values ?? []).map(anyValueOf)
  if (value.kvlistValue != null) return attributesOf(value.kvlistValue.values)
  if (value.doubleValue != null) return Number(value.doubleValue)
  return value.stringValue ?? value.boolValue ?? null
}

/** Ids are hex in JSON and base64 in what protobufjs makes of bytes. */
function hex(id: string | undefined): string {
  if (!id) return ''
  return /^[0-9a-f]{16}([0-9a-f]{16})?$/.test(id) ? id : Buffer.from(id, 'base64').toString('hex')
}
