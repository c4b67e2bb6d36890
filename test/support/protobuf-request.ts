import { loadOracle, tracesRequest } from '../decode/oracle.ts'
import type { OtlpRequest } from './recordings.ts'

const oracle = loadOracle()

interface JsonSpans {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly JsonSpan[] }[] }[]
}

type JsonSpan = Record<'traceId' | 'spanId' | 'parentSpanId', string | undefined>

/** Encodes a request of spans in JSON as protobuf. */
export function inProtobuf(request: OtlpRequest): OtlpRequest {
  const json: JsonSpans = JSON.parse(request.body.toString())
  const bytes = (hex: string | undefined) => Buffer.from(hex ?? '', 'hex')
  for (const { scopeSpans } of json.resourceSpans)
    for (const { spans } of scopeSpans)
      for (const span of spans) {
        const { traceId, spanId, parentSpanId } = span
        Object.assign(span, { traceId: bytes(traceId), spanId: bytes(spanId), parentSpanId: bytes(parentSpanId) })
      }
  return { signal: 'traces', format: 'protobuf', body: Buffer.from(oracle.encode(tracesRequest, json)) }
}
