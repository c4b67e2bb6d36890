import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'
import type { Format, Signal } from '../../decode/span.ts'
import { messageOf } from '../../errors.ts'

const requestOf: Record<Signal, string> = {
  traces: 'opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest',
  logs: 'opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest',
}
const fileOf: Record<Signal, string> = {
  traces: 'opentelemetry/proto/collector/trace/v1/trace_service.proto',
  logs: 'opentelemetry/proto/collector/logs/v1/logs_service.proto',
}
/** The fields that OTLP/JSON writes in hex; it writes other bytes in base64. */
const ids: ReadonlySet<string> = new Set(['traceId', 'spanId', 'parentSpanId'])

/**
 * Converts a request in either format to OTLP/JSON, or to a text that says why that can't be done. Only the messages of
 * `proto/` are asked, not the receiver's own rules, since those have refused the request.
 */
export function readableRequest(signal: Signal, format: Format, body: Uint8Array): unknown {
  try {
    return format === 'json' ? JSON.parse(Buffer.from(body).toString('utf8')) : fromProtobuf(signal, body)
  } catch (error) {
    return `It can't be read (${messageOf(error)}). Its bytes:\n${Buffer.from(body).toString('hex')}`
  }
}

/** Encodes an OTLP/JSON request as protobuf. */
export function protobufOf(signal: Signal, request: object): Buffer {
  const type = messageTypeOf(signal)
  return Buffer.from(type.encode(type.fromObject(withBytesForIds(request) as object)).finish())
}

function fromProtobuf(signal: Signal, body: Uint8Array): unknown {
  const type = messageTypeOf(signal)
  return withTextForBytes(type.toObject(type.decode(body), { longs: String, bytes: Buffer }))
}

function messageTypeOf(signal: Signal): protobuf.Type {
  const root = new protobuf.Root()
  root.resolvePath = (_, target) => fileURLToPath(new URL(`../../../proto/${target}`, import.meta.url))
  return root.loadSync(fileOf[signal]).lookupType(requestOf[signal])
}

function withTextForBytes(value: unknown, key = ''): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString(ids.has(key) ? 'hex' : 'base64')
  if (Array.isArray(value)) return value.map((one) => withTextForBytes(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withTextForBytes(inner, name)]))
}

function withBytesForIds(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return ids.has(key) ? Buffer.from(value, 'hex') : value
  if (Array.isArray(value)) return value.map((one) => withBytesForIds(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withBytesForIds(inner, name)]))
}
