import type { EncodedText } from '../../columns.ts'

/** The first size of a buffer, and the size of one that is kept, in bytes. All sizes are multiples of 4. */
const firstSize = 1 << 16
const largestKept = 1 << 22

/**
 * JSON text in UTF-8, written part by part into a buffer. A long string is escaped there: to have `JSON.stringify` make a
 * string of it, and then encode that, takes five times as long, and twice as long for a text with many line breaks.
 */
export class JsonBytes {
  #buffer = Buffer.allocUnsafeSlow(firstSize)
  #words = wordsOf(this.#buffer)
  #at = 0

  /** Begins another text; the bytes of the one before must not be read any more. */
  clear(): void {
    this.#at = 0
    if (this.#buffer.length > largestKept) this.#resize(firstSize)
  }

  /** Writes a part of the JSON text as it is. */
  json(part: string): void {
    this.#reserve(part.length * 3)
    this.#at += this.#buffer.write(part, this.#at)
  }

  /** Writes a well-formed text as a JSON string, as `JSON.stringify` does. */
  string(text: string): void {
    this.#reserve(text.length * 3 + 2)
    this.#buffer[this.#at++] = quote
    const from = this.#at
    this.#at += this.#buffer.write(text, from)
    const places = this.#escapedIn(from, this.#at)
    if (places.length > 0) this.#escape(places)
    this.#buffer[this.#at++] = quote
  }

  encoded(): EncodedText {
    return { bytes: this.#buffer, from: 0, to: this.#at }
  }

  /** Returns the places of bytes that JSON escapes. Four bytes at a time, most of which have none. */
  #escapedIn(from: number, to: number): number[] {
    const [buffer, words] = [this.#buffer, this.#words]
    const places: number[] = []
    for (let word = from >> 2; word < (to + 3) >> 2; word++) {
      if (!mayHaveEscaped(words[word]!)) continue
      const end = Math.min(to, (word + 1) << 2)
      for (let at = Math.max(from, word << 2); at < end; at++) if (escapes[buffer[at]!] !== undefined) places.push(at)
    }
    return places
  }

  /** Makes room for the escapes at these places, from the last one on. */
  #escape(places: readonly number[]): void {
    const longer = places.reduce((sum, place) => sum + escapes[this.#buffer[place]!]!.length - 1, 0)
    this.#reserve(longer + 1)
    const buffer = this.#buffer
    let end = this.#at
    let target = end + longer
    this.#at = target
    for (let i = places.length - 1; i >= 0; i--) {
      const place = places[i]!
      target -= end - place - 1
      buffer.copyWithin(target, place + 1, end)
      end = place
      const written = escapes[buffer[place]!]!
      target -= written.length
      for (let n = 0; n < written.length; n++) buffer[target + n] = written[n]!
    }
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes > this.#buffer.length)
      this.#resize(Math.max(this.#buffer.length * 2, (this.#at + bytes + 3) & ~3))
  }

  #resize(bytes: number): void {
    const other = Buffer.allocUnsafeSlow(bytes)
    this.#buffer.copy(other, 0, 0, this.#at)
    this.#buffer = other
    this.#words = wordsOf(other)
  }
}

function wordsOf({ buffer }: Buffer): Int32Array {
  return new Int32Array(buffer)
}

/** Whether one of the four bytes of a word may be a control character, a quote or a backslash; false only if none is. */
function mayHaveEscaped(word: number): boolean {
  const quotes = word ^ 0x22222222
  const backslashes = word ^ 0x5c5c5c5c
  const control = (word - 0x20202020) & ~word
  return (
    ((control | ((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes)) & 0x80808080) !== 0
  )
}

const quote = 0x22

/** The escapes of the characters that have one, as bytes, by their codes. */
const escapes: readonly (Uint8Array | undefined)[] = Array.from({ length: 256 }, (_, code) => {
  const json = JSON.stringify(String.fromCharCode(code))
  return json.length > 3 ? Buffer.from(json.slice(1, -1)) : undefined
})
