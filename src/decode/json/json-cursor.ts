import { Malformed } from '../../errors.ts'
import { parseBody } from './json-text.ts'

/** After so many bytes a skip lets others have the thread: some two milliseconds. */
const bytesAtOnce = 1024 * 1024

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d]

/** A position in the bytes of a JSON text, which moves over values without parsing them. Throws Malformed. */
export class JsonCursor {
  readonly #bytes: Uint8Array
  #at = 0
  #pauseAt = bytesAtOnce
  #brackets = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    // a byte order mark
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3
    this.#skipSpace()
  }

  /** The position of the next byte that is no space. */
  get at(): number {
    return this.#at
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** The number of objects and arrays in the value that was skipped last. */
  get brackets(): number {
    return this.#brackets
  }

  /** Whether an array begins here. */
  get isAtArray(): boolean {
    return this.#bytes[this.#at] === openBracket
  }

  /** Whether an object begins here. */
  get isAtObject(): boolean {
    return this.#bytes[this.#at] === openBrace
  }

  /** Enters an array or object; says whether anything is in it. */
  enter(): boolean {
    const close = this.isAtObject ? closeBrace : closeBracket
    this.#step()
    if (this.#bytes[this.#at] !== close) return true
    this.#step()
    return false
  }

  /** Goes on to the next element of an array; says whether there is one. */
  nextElement(): boolean {
    return this.#next(closeBracket)
  }

  /** Goes on to the next member of an object; says whether there is one. */
  nextMember(): boolean {
    return this.#next(closeBrace)
  }

  /** Reads the name of a member. */
  key(): string {
    const from = this.#at
    if (this.#bytes[from] !== quote) throw malformed()
    this.#skipString()
    const key = parseBody(this.#bytes.subarray(from, this.#at))
    this.#skipSpace()
    if (this.#bytes[this.#at] !== colon) throw malformed()
    this.#step()
    return key as string
  }

  /** Skips a value, which may be no JSON within, and returns the position after it. Yields now and then. */
  *skip(): Generator<void, number> {
    const bytes = this.#bytes
    let depth = 0
    let brackets = 0
    do {
      const byte = bytes[this.#at]
      if (byte === undefined) throw malformed()
      if (byte === quote) this.#skipString()
      else if (depth === 0 && byte !== openBracket && byte !== openBrace) this.#skipWord()
      else {
        if (byte === openBracket || byte === openBrace) {
          depth++
          brackets++
        } else if (byte === closeBracket || byte === closeBrace) depth--
        this.#at++
      }
      if (this.#at > this.#pauseAt) {
        this.#pauseAt = this.#at + bytesAtOnce
        yield
      }
    } while (depth > 0)
    const end = this.#at
    this.#brackets = brackets
    this.#skipSpace()
    return end
  }

  #next(close: number): boolean {
    const byte = this.#bytes[this.#at]
    if (byte !== comma && byte !== close) throw malformed()
    this.#step()
    return byte === comma
  }

  #step(): void {
    this.#at++
    this.#skipSpace()
  }

  #skipSpace(): void {
    const bytes = this.#bytes
    while (bytes[this.#at] === 0x20 || bytes[this.#at] === 0x0a || bytes[this.#at] === 0x0d || bytes[this.#at] === 9)
      this.#at++
  }

  #skipString(): void {
    const bytes = this.#bytes
    let at = this.#at + 1
    for (; at < bytes.length && bytes[at] !== quote; at++) if (bytes[at] === backslash) at++
    if (at >= bytes.length) throw malformed()
    this.#at = at + 1
  }

  /** Skips a number or literal. */
  #skipWord(): void {
    const from = this.#at
    const isWord = (byte = 0) =>
      (byte >= 0x61 && byte <= 0x7a) ||
      (byte >= 0x30 && byte <= 0x39) ||
      byte === 0x2d ||
      byte === 0x2b ||
      byte === 0x2e ||
      byte === 0x45
    while (isWord(this.#bytes[this.#at])) this.#at++
    if (this.#at === from) throw malformed()
  }
}

function malformed(): Malformed {
  return new Malformed('The body is no JSON.')
}
