import { decodeJson } from './json/json.ts'
import { decodeProtobuf } from './protobuf/protobuf.ts'
import type { Decoded, Format, Signal } from './span.ts'

/**
 * Reads the body of one OTLP request, already decompressed. What is wrong with a single span or record refuses that one
 * and leaves its neighbours; what is no OTLP throws Malformed, and what holds too much throws TooLarge.
 * Source: https://opentelemetry.io/docs/specs/otlp/
 */
export function decode(signal: Signal, format: Format, body: Uint8Array): Decoded {
  return decoders[format](signal, body)
}

const decoders: Record<Format, (signal: Signal, body: Uint8Array) => Decoded> = {
  json: decodeJson,
  protobuf: decodeProtobuf,
}
