import { Malformed, TooLarge } from '../../errors.ts'

/**
 * The objects and arrays of a text that may be parsed whole: each takes up to 100 bytes, before anything is checked. An honest
 * body of 8 MiB has a quarter of them.
 */
const maxBrackets = 1_500_000

/** The objects and arrays of a request that is parsed whole; one with more is read item by item. Each takes up to 0.2 µs. */
export const mostBracketsAtOnce = 500_000

/**
 * Parses the bytes of a JSON body. Invalid UTF-8 becomes U+FFFD and a byte order mark is dropped (R80). Numbers of 16
 * and more digits in place of a 64-bit integer become text, which OTLP allows there, because `JSON.parse` would round
 * them (R73). Throws Malformed.
 */
export function parseBody(body: Uint8Array): unknown {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  try {
    return JSON.parse(quoteLongIntegers(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text))
  } catch (error) {
    throw new Malformed('The body is no JSON.', { cause: error })
  }
}

/** Throws TooLarge for a text of more than `maxBrackets`. */
export function limitBrackets(body: Uint8Array): void {
  if (hasBrackets(body, maxBrackets))
    throw new TooLarge('The JSON holds too many objects and arrays: send smaller batches.')
}

/** Whether a text holds more brackets that open than so many, those in its strings counted as well. */
export function hasBrackets(body: Uint8Array, most: number): boolean {
  if (body.length <= most) return false
  let brackets = 0
  for (const byte of body) if (byte === 0x5b || byte === 0x7b) brackets++
  return brackets > most
}

/**
 * Matches members that are 64-bit integers, in either spelling. The quote after the name can't be inside a string, where
 * a backslash would precede it; so the digits are a member's value, whatever the texts of the body contain.
 */
const longInteger = /((?:int_?value|unix_?nano)"\s*:\s*)(-?[1-9]\d{15,})(?=\s*[,}])/gi

function quoteLongIntegers(text: string): string {
  return /:\s*-?\d{16}/.test(text) ? text.replace(longInteger, '$1"$2"') : text
}
