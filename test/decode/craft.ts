import { decode } from '../../src/decode/decode.ts'
import type { Decoded, Signal, Span } from '../../src/decode/span.ts'

// Protobuf made byte by byte, for messages that no encoder makes. A field is (number, content).

export const traceId = '5b8efff798038103d269b633813fc60c'
export const spanId = 'eee19b7ec3c1b174'

export function varint(value: bigint | number): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}

export function tag(number: number, wireType: number): Buffer {
  return varint(number * 8 + wireType)
}

/** Wire type 0. */
export function integer(number: number, value: bigint | number): Buffer {
  return Buffer.concat([tag(number, 0), varint(value)])
}

/** Wire type 1. */
export function eight(number: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return Buffer.concat([tag(number, 1), bytes])
}

/** Wire type 5. */
export function four(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return Buffer.concat([tag(number, 5), bytes])
}

/** Wire type 2: text, bytes or the fields of a message. */
export function block(number: number, ...parts: (string | Uint8Array)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
  return Buffer.concat([tag(number, 2), varint(content.length), content])
}

/** Wire types 3 and 4. */
export function group(number: number, ...parts: Uint8Array[]): Buffer {
  return Buffer.concat([tag(number, 3), ...parts, tag(number, 4)])
}

export const ids = Buffer.concat([block(1, Buffer.from(traceId, 'hex')), block(2, Buffer.from(spanId, 'hex'))])

export function keyValue(key: string | Uint8Array, ...value: Uint8Array[]): Buffer {
  return Buffer.concat([block(1, key), block(2, ...value)])
}

/** A request of one span or record with these fields; a span's ids must be among them. */
export function requestOf(...fields: Uint8Array[]): Buffer {
  return block(1, block(2, block(2, ...fields)))
}

/** The one span of a request with valid ids and these fields. */
export function spanOf(...fields: Uint8Array[]): Span {
  return onlySpan(decode('traces', 'protobuf', requestOf(ids, ...fields)))
}

/** The value of attribute `k` of a span, from the fields of an AnyValue. */
export function attributeOf(...fields: Uint8Array[]): unknown {
  return spanOf(block(9, keyValue('k', ...fields))).attributes.get('k')
}

export function onlySpan(decoded: Decoded): Span {
  const [span, ...others] = decoded.spans
  if (span === undefined || others.length > 0)
    throw new Error(`${decoded.spans.length} spans, refused: ${decoded.refused[0]?.message}`)
  return span
}

export function decodeText(text: string, signal: Signal = 'traces'): Decoded {
  return decode(signal, 'json', Buffer.from(text))
}

/** A JSON request with this text as its one span. */
export function jsonRequest(span: string): string {
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`
}

/** A JSON request with one span of valid ids and these further members. */
export function jsonSpan(members = ''): string {
  return jsonRequest(`{"traceId":"${traceId}","spanId":"${spanId}"${members === '' ? '' : ','}${members}}`)
}

/** The value of attribute `k` of a span, from an AnyValue in JSON. */
export function jsonAttributeOf(value: string): unknown {
  return onlySpan(decodeText(jsonSpan(`"attributes":[{"key":"k","value":${value}}]`))).attributes.get('k')
}
