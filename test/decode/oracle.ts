import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'

/**
 * An encoder and decoder that nobody here wrote: protobufjs, fed with the .proto files of this repository. 64-bit
 * values go in and come out as decimal text, bytes as base64.
 */
export interface Oracle {
  encode(type: string, message: object): Uint8Array
  decode(type: string, body: Uint8Array): Record<string, unknown>
}

export const tracesRequest = 'opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest'
export const logsRequest = 'opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest'

/** With what they import, every .proto file of this repository. */
const protoFiles = [
  'opentelemetry/proto/collector/trace/v1/trace_service.proto',
  'opentelemetry/proto/collector/logs/v1/logs_service.proto',
  'google/rpc/status.proto',
  'google/rpc/error_details.proto',
]

/** Loads the oracle; imports of google/protobuf are built into protobufjs. */
export function loadOracle(): Oracle {
  const root = new protobuf.Root()
  const folder = fileURLToPath(new URL('../../proto/', import.meta.url))
  root.resolvePath = (_origin, target) => (target.startsWith(folder) ? target : folder + target)
  root.loadSync(protoFiles)
  root.resolveAll()
  return {
    encode(type, message) {
      const found = root.lookupType(type)
      return found.encode(found.fromObject(message)).finish()
    },
    decode(type, body) {
      const found = root.lookupType(type)
      return found.toObject(found.decode(body), { longs: String, bytes: String, enums: Number })
    },
  }
}
