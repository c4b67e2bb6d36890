import { decodeJson } from './json/json.ts'
import { decodeProtobuf } from './protobuf/protobuf.ts'
import type { Decoded, Format, Signal } from './span.ts'

/**
 * Decodes the decompressed body of one OTLP request. A fault of a single span or record refuses that one and leaves its
 * neighbours (law 7). Throws Malformed for a body that is no OTLP, and TooLarge for one that holds too much.
 * Source: https://opentelemetry.io/docs/specs/otlp/
 */
export function decode(signal: Signal, format: Format, body: Uint8Array): Decoded {
  return decoders[format](signal, body)
}

const decoders: Record<Format, (signal: Signal, body: Uint8Array) => Decoded> = {
  json: decodeJson,
  protobuf: decodeProtobuf,
}
