import path from 'node:path'
import protobuf from 'protobufjs'

// The messages of an answer, read by an implementation of protobuf that isn't ours.
const root = new protobuf.Root()
const proto = path.join(import.meta.dirname, '..', '..', 'proto')
root.resolvePath = (_origin, target) => path.join(proto, target)
root.loadSync([
  'google/rpc/status.proto',
  'google/rpc/error_details.proto',
  'opentelemetry/proto/collector/trace/v1/trace_service.proto',
  'opentelemetry/proto/collector/logs/v1/logs_service.proto',
])

/** A message as a plain object: int64 as string, bytes as base64, absent fields absent. */
function read(type: string, bytes: Uint8Array): Record<string, unknown> {
  const message = root.lookupType(type)
  return message.toObject(message.decode(bytes), { longs: String, bytes: String })
}

/** A google.rpc.Status whose details are read too, each with its type beside its fields, as JSON has them. */
export function readStatus(bytes: Uint8Array): Record<string, unknown> {
  const status = read('google.rpc.Status', bytes)
  const details = (status.details ?? []) as { type_url?: string; typeUrl?: string; value: string }[]
  const readDetails = details.map(({ type_url, typeUrl, value }) => {
    const type = type_url ?? typeUrl ?? ''
    return { '@type': type, ...read(type.replace('type.googleapis.com/', ''), Buffer.from(value, 'base64')) }
  })
  return { ...status, ...(readDetails.length > 0 ? { details: readDetails } : {}) }
}

export function readRetryInfo(bytes: Uint8Array): Record<string, unknown> {
  return read('google.rpc.RetryInfo', bytes)
}

export function readReceipt(signal: 'traces' | 'logs', bytes: Uint8Array): Record<string, unknown> {
  const service = signal === 'traces' ? 'trace.v1.ExportTraceServiceResponse' : 'logs.v1.ExportLogsServiceResponse'
  return read(`opentelemetry.proto.collector.${service}`, bytes)
}
