/** One field of a protobuf message: its number, its content where it has a length, and all its bytes, tag included. */
export interface Field {
  readonly number: number
  readonly content: Buffer<ArrayBuffer>
  readonly bytes: Buffer<ArrayBuffer>
}

/** The fields of a protobuf message, in order. Throws on the wire types that OTLP has no use for (groups). */
export function fieldsOf(message: Buffer<ArrayBuffer>): Field[] {
  const fields: Field[] = []
  for (let at = 0; at < message.length; ) {
    const tag = varintAt(message, at)
    const start = startOfContent(message, tag)
    const end = start + lengthOfContent(message, tag)
    fields.push({ number: tag.value >>> 3, content: message.subarray(start, end), bytes: message.subarray(at, end) })
    at = end
  }
  return fields
}

/** A field with a length, put together again. */
export function lengthDelimited(number: number, content: Uint8Array): Buffer<ArrayBuffer> {
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content])
}

/** The value of a number that stands as a varint at the beginning of these bytes. */
export function varintOf(bytes: Buffer<ArrayBuffer>): number {
  return varintAt(bytes, 0).value
}

interface Varint {
  readonly value: number
  readonly next: number
}

function varintAt(bytes: Buffer<ArrayBuffer>, start: number): Varint {
  let value = 0
  for (let at = start, factor = 1; at < bytes.length; at++, factor *= 128) {
    const byte = bytes.readUInt8(at)
    value += (byte & 127) * factor
    if (byte < 128) return { value, next: at + 1 }
  }
  throw new Error('a varint ends in the middle')
}

function startOfContent(message: Buffer<ArrayBuffer>, tag: Varint): number {
  return (tag.value & 7) === 2 ? varintAt(message, tag.next).next : tag.next
}

function lengthOfContent(message: Buffer<ArrayBuffer>, tag: Varint): number {
  const wireType = tag.value & 7
  if (wireType === 0) return varintAt(message, tag.next).next - tag.next
  if (wireType === 1) return 8
  if (wireType === 2) return varintAt(message, tag.next).value
  if (wireType === 5) return 4
  throw new Error(`wire type ${wireType}`)
}

function varint(value: number): Buffer<ArrayBuffer> {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128)
  return Buffer.from([...bytes, rest])
}
