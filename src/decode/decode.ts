import { collect } from './decode-state.ts'
import { decodeJson } from './json/json.ts'
import { decodeProtobuf } from './protobuf/protobuf.ts'
import type { Decoded, DecodedRest, Format, ItemSink, Signal } from './span.ts'

/**
 * Decodes the decompressed body of one OTLP request. A fault of a single span or record refuses that one and leaves its
 * neighbours (law 7). Throws Malformed for a body that is no OTLP, and TooLarge for one that holds too much; the sink may
 * have got items before.
 * Source: https://opentelemetry.io/docs/specs/otlp/
 */
export function decodeInto(sink: ItemSink, signal: Signal, format: Format, body: Uint8Array): DecodedRest {
  return decoders[format](sink, signal, body)
}

/** Decodes the body of one OTLP request as `decodeInto` does, into lists. */
export function decode(signal: Signal, format: Format, body: Uint8Array): Decoded {
  return collect((sink) => decodeInto(sink, signal, format, body))
}

const decoders: Record<Format, typeof decodeProtobuf> = {
  json: decodeJson,
  protobuf: decodeProtobuf,
}
