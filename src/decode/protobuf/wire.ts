import { Malformed } from '../../errors.ts'
import { readId, readKey, readValue } from './repeated-texts.ts'

/** Nested groups, which are only skipped: no encoder writes them, and more than this many are an attack. */
const deepestGroup = 100

/**
 * A cursor over protobuf's wire format: tags, varints and lengths, nothing of OTLP.
 *
 * A tag is read as one number (field number × 8 + wire type), so that a `switch` over tags treats a known field with
 * another wire type as unknown. Nothing is allocated for a length before its bytes are there (R68). Throws `Malformed`
 * for bytes that are no protobuf (R67).
 *
 * A message is read by `const end = reader.end()`, then fields while `reader.at < end`, then `reader.close(end)`.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
export class Reader {
  readonly bytes: Buffer
  readonly #view: DataView
  at = 0
  /** The two 32-bit words of the last `varint`, as signed integers. */
  #low = 0
  #high = 0

  constructor(body: Uint8Array) {
    this.bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  }

  /** The tag of the next field, unsigned. */
  tag(): number {
    const tag = this.#small('a tag')
    if (tag < 8) throw new Malformed('Not a protobuf message: a field has the number 0.')
    return tag
  }

  /** Reads a length and returns the position at which that many bytes end. */
  end(): number {
    const length = this.#small('a length')
    return this.#ahead(length)
  }

  /** Ends a message; throws where a field was longer than the message around it. */
  close(end: number): void {
    if (this.at !== end) throw new Malformed('Not a protobuf message: a field is longer than the message around it.')
  }

  uint32(): number {
    this.#varint()
    return this.#low >>> 0
  }

  int32(): number {
    this.#varint()
    return this.#low
  }

  bool(): boolean {
    this.#varint()
    return (this.#low | this.#high) !== 0
  }

  /** A signed integer of 64 bits: a number while that is exact, else a bigint. */
  int64(): number | bigint {
    this.#varint()
    const value = this.#high * 4_294_967_296 + (this.#low >>> 0)
    if (Number.isSafeInteger(value)) return value
    return (BigInt(this.#high) << 32n) | BigInt(this.#low >>> 0)
  }

  fixed32(): number {
    const at = this.#take(4)
    return this.#view.getUint32(at, true)
  }

  fixed64(): bigint {
    const at = this.#take(8)
    return this.#view.getBigUint64(at, true)
  }

  double(): number {
    const at = this.#take(8)
    return this.#view.getFloat64(at, true)
  }

  /** A text in UTF-8. Invalid bytes become U+FFFD, because one bad string must not cost its batch (R64). */
  text(): string {
    const end = this.end()
    const from = this.at
    this.at = end
    return readValue(this.bytes, from, end)
  }

  /** An attribute key in UTF-8, read as `text` reads it. */
  key(): string {
    const end = this.end()
    const from = this.at
    this.at = end
    return readKey(this.bytes, from, end)
  }

  /** Bytes in lower-case hex, at most 64 of them: enough to show an id of a wrong length. */
  hex(): string {
    const end = this.end()
    const from = this.at
    this.at = end
    return readId(this.bytes, this.#view, from, Math.min(end, from + 64))
  }

  /** Bytes, copied so that a few of them don't hold the whole request in memory. */
  blob(): Uint8Array {
    const end = this.end()
    const from = this.at
    this.at = end
    return new Uint8Array(this.bytes.subarray(from, end))
  }

  /** Skips the value of a field that isn't read. */
  skip(tag: number): void {
    const wireType = tag & 7
    if (wireType === 3) this.#skipGroup(tag)
    else this.#skipPlain(wireType)
  }

  #skipPlain(wireType: number): void {
    if (wireType === 2) this.at = this.end()
    else if (wireType === 0) this.#varint()
    else if (wireType === 1) this.#take(8)
    else if (wireType === 5) this.#take(4)
    else if (wireType === 4) throw new Malformed('Not a protobuf message: a group ends that was never begun.')
    else throw new Malformed(`Not a protobuf message: there is no wire type ${wireType}.`)
  }

  #skipGroup(first: number): void {
    const open = [first]
    while (open.length > 0) {
      const tag = this.tag()
      if ((tag & 7) === 3) open.push(tag)
      // An end tag is its start tag plus one.
      else if (tag - 1 === open.at(-1)) open.pop()
      else this.#skipPlain(tag & 7)
      if (open.length > deepestGroup)
        throw new Malformed(`Not OTLP: groups are nested over ${deepestGroup} levels deep.`)
    }
  }

  /** A tag or length: at most 32 bits in at most five bytes, and nearly always in one. */
  #small(what: string): number {
    const first = this.bytes[this.at]
    if (first !== undefined && first < 128) {
      this.at++
      return first
    }
    const from = this.at
    this.#varint()
    if (this.#high !== 0 || this.at - from > 5) throw new Malformed(`Not a protobuf message: ${what} is over 32 bits.`)
    return this.#low >>> 0
  }

  #varint(): void {
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bytes[this.at]
      if (byte === undefined) throw truncated()
      this.at++
      const bits = byte & 127
      if (shift < 32) low |= bits << shift
      if (shift === 28) high = bits >>> 4
      else if (shift > 28) high |= bits << (shift - 32)
      if (byte < 128) {
        this.#low = low
        this.#high = high
        return
      }
    }
    throw new Malformed('Not a protobuf message: a varint is longer than ten bytes.')
  }

  #take(length: number): number {
    const from = this.at
    this.at = this.#ahead(length)
    return from
  }

  #ahead(length: number): number {
    const end = this.at + length
    if (end > this.bytes.length) throw truncated()
    return end
  }
}

function truncated(): Malformed {
  return new Malformed('Not a protobuf message: it ends in the middle of a field.')
}
