/**
 * A number as a varint field. Like all fields here, one with proto3's default value (0, '') is written as no bytes.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
export function numberField(field: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.concat([varint(field * 8), varint(value)])
}

/** A string field, in UTF-8. */
export function textField(field: number, text: string): Buffer {
  return text === '' ? Buffer.alloc(0) : messageField(field, Buffer.from(text))
}

/** A field that is a message or bytes. It is written even if it is empty. */
export function messageField(field: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([varint(field * 8 + 2), varint(length), ...parts])
}

/** A whole number from 0 to 2^53. Arithmetic takes the place of bit operations, which end at 32 bits. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}
