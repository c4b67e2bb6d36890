/**
 * The few shapes of protobuf that an answer is made of. As proto3 wants it, a field with its default value (0, '') is
 * no bytes at all. Source: https://protobuf.dev/programming-guides/encoding/
 */
export function numberField(field: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.concat([varint(field * 8), varint(value)])
}

/** A string, as UTF-8. */
export function textField(field: number, text: string): Buffer {
  return text === '' ? Buffer.alloc(0) : messageField(field, Buffer.from(text))
}

/** An embedded message or bytes; present also where it is empty. */
export function messageField(field: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([varint(field * 8 + 2), varint(length), ...parts])
}

/** Whole numbers from 0 to 2^53: by arithmetic, since bit operations end at 32. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}
