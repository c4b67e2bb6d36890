import type { EncodedText } from '../../columns.ts'
import { freeMemory } from '../../free-memory.ts'

const jsonbVersion = 1
const dash = 0x2d
const microsTo2000 = 946_684_800_000_000n
const daysTo2000 = 10_957

/** Released buffers, which later values use again: the pages of a new one of some megabytes are faulted in one by one. */
const freeBuffers: Buffer[] = []
const mostFreeBuffers = 4
const largestFreeBuffer = 16 << 20
const firstSize = 1 << 18
/** The longest text that is copied in JavaScript: for a shorter one, the call into native code takes longer. */
const shortText = 32

/**
 * Writes values in PostgreSQL's binary formats into one growing buffer, so that no text is escaped and no number parsed.
 * Source: the receive functions of the types in PostgreSQL's src/backend/utils/adt.
 */
export class BinaryValues {
  #buffer: Buffer = freeBuffers.pop() ?? Buffer.allocUnsafeSlow(firstSize)
  #view: DataView = viewOf(this.#buffer)
  #at = 0

  /** Begins an array of so many elements, which follow. `elementType` is the number of their type in the catalogue. */
  array(elementType: number, elements: number): void {
    this.#reserve(20)
    this.#int4(elements === 0 ? 0 : 1)
    this.#int4(0)
    this.#int4(elementType)
    if (elements === 0) return
    this.#int4(elements)
    this.#int4(1)
  }

  null(): void {
    this.#reserve(4)
    this.#int4(-1)
  }

  text(value: string): void {
    this.#string(value, 0)
  }

  jsonb(value: string): void {
    const start = this.#at
    this.#string(value, 1)
    this.#buffer[start + 4] = jsonbVersion
  }

  encoded({ bytes, from, to }: EncodedText, isJsonb: boolean): void {
    this.#length(to - from + (isJsonb ? 1 : 0))
    if (isJsonb) this.#buffer[this.#at++] = jsonbVersion
    this.#at += bytes.copy(this.#buffer, this.#at, from, to)
  }

  uuid(value: string): void {
    this.#length(16)
    this.#at = writeHex(this.#buffer, this.#at, value)
  }

  boolean(value: boolean): void {
    this.#length(1)
    this.#buffer[this.#at++] = value ? 1 : 0
  }

  int4(value: number): void {
    this.#length(4)
    this.#int4(value)
  }

  int8(value: bigint | number): void {
    this.#int8(BigInt(value))
  }

  /** `ns` are nanoseconds since 1970; they are cut to microseconds. */
  timestamptz(ns: bigint): void {
    this.#int8(ns / 1000n - microsTo2000)
  }

  /** `value` is like `2026-11-24`. */
  date(value: string): void {
    this.#length(4)
    this.#int4(Date.parse(value) / 86_400_000 - daysTo2000)
  }

  /** `value` is a decimal number, not negative. */
  numeric(value: string): void {
    const { weight, scale, digits } = decimal(value)
    this.#length(8 + 2 * digits.length)
    this.#int2(digits.length)
    this.#int2(weight)
    this.#int2(0)
    this.#int2(scale)
    for (const digit of digits) this.#int2(digit)
  }

  /** Returns what was written. Nothing can be written after. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at)
  }

  /** Gives the buffer to later values. The caller must not read the bytes any more. */
  release(): void {
    if (freeBuffers.length < mostFreeBuffers && this.#buffer.length <= largestFreeBuffer) freeBuffers.push(this.#buffer)
    else freeMemory(this.#buffer)
  }

  protected raw(bytes: Buffer): void {
    this.#reserve(bytes.length)
    this.#at += bytes.copy(this.#buffer, this.#at)
  }

  protected int2(value: number): void {
    this.#reserve(2)
    this.#int2(value)
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#at + bytes))
    this.#buffer.copy(larger, 0, 0, this.#at)
    freeMemory(this.#buffer)
    this.#buffer = larger
    this.#view = viewOf(larger)
  }

  #int2(value: number): void {
    this.#view.setInt16(this.#at, value)
    this.#at += 2
  }

  #int4(value: number): void {
    this.#view.setInt32(this.#at, value)
    this.#at += 4
  }

  #int8(value: bigint): void {
    this.#length(8)
    this.#view.setBigInt64(this.#at, value)
    this.#at += 8
  }

  /** Reserves place for a value and writes its length. */
  #length(bytes: number): void {
    this.#reserve(4 + bytes)
    this.#int4(bytes)
  }

  /** Writes the length before the bytes, after these are counted. `before` is the number of bytes between the two. */
  #string(value: string, before: number): void {
    this.#reserve(4 + before + value.length * 3)
    const bytes = before + this.#utf8(value, this.#at + 4 + before)
    this.#int4(bytes)
    this.#at += bytes
  }

  /** Returns how many bytes the text takes. */
  #utf8(value: string, from: number): number {
    const buffer = this.#buffer
    if (value.length > shortText) return buffer.write(value, from)
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) return buffer.write(value, from)
      buffer[from + i] = code
    }
    return value.length
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

/** The values of hex digits by their character codes. */
const nibbles = Uint8Array.from({ length: 103 }, (_, code) => Number.parseInt(String.fromCharCode(code), 16) || 0)

/** Writes a UUID, with dashes or without, and returns the position after it. */
function writeHex(buffer: Buffer, at: number, uuid: string): number {
  let end = at
  for (let i = 0; i < uuid.length; i += 2) {
    if (uuid.charCodeAt(i) === dash) i++
    buffer[end++] = (nibbles[uuid.charCodeAt(i)]! << 4) | nibbles[uuid.charCodeAt(i + 1)]!
  }
  return end
}

/** Splits a decimal as the type numeric stores it: digits to the base of 10,000, the weight of the first, the scale. */
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
  const groups: number[] = []
  for (let at = 0; at < digits.length; at += 4) groups.push(Number(digits.slice(at, at + 4)))
  return groups
}
