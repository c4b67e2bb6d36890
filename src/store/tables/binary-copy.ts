/**
 * Writes rows in PostgreSQL's binary COPY format into one growing buffer: no text has to be escaped, no number parsed.
 * Source: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format", and the types' receive functions.
 */
export interface BinaryRows {
  row(fields: number): void
  absent(): void
  text(value: string): void
  jsonb(value: string): void
  uuid(value: string): void
  boolean(value: boolean): void
  int4(value: number): void
  int8(value: bigint | number): void
  /** Nanoseconds since 1970; cut to microseconds. */
  timestamptz(ns: bigint): void
  /** `2026-11-24` */
  date(value: string): void
  /** A decimal number as text, not negative. */
  numeric(value: string): void
  /** All that was written, with header and trailer. Nothing can be written after. */
  finish(): Buffer
  /** The bytes are somewhere else now and nobody reads them here any more: their room serves again. */
  release(): void
}

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const jsonbVersion = 1
const dash = 0x2d
const microsTo2000 = 946_684_800_000_000n
const daysTo2000 = 10_957

/** Buffers of finished rows, for the next ones: a fresh one of some megabytes is paid for page by page. */
const spare: Buffer[] = []
const mostSpare = 4
const largestSpare = 16 << 20
const firstSize = 1 << 18
/** Shorter texts are copied here: to leave JavaScript for them takes longer than the copy. */
const short = 32

export function binaryRows(): BinaryRows {
  let buffer = spare.pop() ?? Buffer.allocUnsafeSlow(firstSize)
  let view = viewOf(buffer)
  let at = signature.copy(buffer)
  const room = (bytes: number) => {
    if (at + bytes <= buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, at + bytes))
    buffer.copy(larger, 0, 0, at)
    buffer = larger
    view = viewOf(buffer)
  }
  const int2 = (value: number) => {
    view.setInt16(at, value)
    at += 2
  }
  const int4 = (value: number) => {
    view.setInt32(at, value)
    at += 4
  }
  /** Makes room for a value and writes its length. */
  const length = (bytes: number) => {
    room(4 + bytes)
    int4(bytes)
  }
  const long = (value: bigint) => {
    length(8)
    view.setBigInt64(at, value)
    at += 8
  }
  /** Answers how many bytes it took. */
  const utf8 = (value: string, from: number) => {
    if (value.length > short) return buffer.write(value, from)
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) return buffer.write(value, from)
      buffer[from + i] = code
    }
    return value.length
  }
  /** The length stands before the bytes, and is known after them. `before`: bytes between the two. */
  const string = (value: string, before: number) => {
    room(4 + before + value.length * 3)
    const bytes = before + utf8(value, at + 4 + before)
    int4(bytes)
    at += bytes
  }
  return {
    row: (fields) => {
      room(2)
      int2(fields)
    },
    absent: () => {
      room(4)
      int4(-1)
    },
    text: (value) => string(value, 0),
    jsonb: (value) => {
      const start = at
      string(value, 1)
      buffer[start + 4] = jsonbVersion
    },
    uuid: (value) => {
      length(16)
      at = writeHex(buffer, at, value)
    },
    boolean: (value) => {
      length(1)
      buffer[at++] = value ? 1 : 0
    },
    int4: (value) => {
      length(4)
      int4(value)
    },
    int8: (value) => long(BigInt(value)),
    timestamptz: (ns) => long(ns / 1000n - microsTo2000),
    date: (value) => {
      length(4)
      int4(Date.parse(value) / 86_400_000 - daysTo2000)
    },
    numeric: (value) => {
      const { weight, scale, digits } = decimal(value)
      length(8 + 2 * digits.length)
      int2(digits.length)
      int2(weight)
      int2(0)
      int2(scale)
      for (const digit of digits) int2(digit)
    },
    finish: () => {
      room(2)
      int2(-1)
      return buffer.subarray(0, at)
    },
    release: () => {
      if (spare.length < mostSpare && buffer.length <= largestSpare) spare.push(buffer)
    },
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

/** The value of each hex digit by its character code. */
const nibbles = Uint8Array.from({ length: 103 }, (_, code) => Number.parseInt(String.fromCharCode(code), 16) || 0)

/** A UUID, with dashes or without. */
function writeHex(buffer: Buffer, at: number, uuid: string): number {
  let end = at
  for (let i = 0; i < uuid.length; i += 2) {
    if (uuid.charCodeAt(i) === dash) i++
    buffer[end++] = (nibbles[uuid.charCodeAt(i)]! << 4) | nibbles[uuid.charCodeAt(i + 1)]!
  }
  return end
}

/** A decimal as the type numeric has it: digits to the base of 10,000, the weight of the first, the decimal places. */
function decimal(value: string): { weight: number; scale: number; digits: number[] } {
  const [whole = '', fraction = ''] = value.split('.')
  const groups = [
    ...grouped(whole.padStart(Math.ceil(whole.length / 4) * 4, '0')),
    ...grouped(fraction.padEnd(Math.ceil(fraction.length / 4) * 4, '0')),
  ]
  const lead = groups.findIndex((group) => group !== 0)
  const digits = lead === -1 ? [] : groups.slice(lead)
  while (digits.at(-1) === 0) digits.pop()
  return { weight: lead === -1 ? 0 : Math.ceil(whole.length / 4) - 1 - lead, scale: fraction.length, digits }
}

function grouped(digits: string): number[] {
  return Array.from({ length: digits.length / 4 }, (_, i) => Number(digits.slice(4 * i, 4 * i + 4)))
}
