/*
 * Clients repeat the same few keys, names and values, and the spans of a trace its id and those of a few parents. A text
 * that is in memory already is neither decoded nor collected, and is compared by its identity; what waits for its COMMIT
 * has one text where it had ten. Each text stands in place of the one before: a client that invents texts costs time, not
 * memory.
 */

/** Reads a text in UTF-8 from some bytes. */
type ReadText = (bytes: Buffer, from: number, end: number) => string

/** How many texts are kept of each kind; a power of two. */
const slots = 1_024

/** Reads an attribute key. */
export const readKey: ReadText = openReader(64)

/** Reads a name or value. The long ones are prompts and answers, which seldom repeat. */
export const readValue: ReadText = openReader(32)

/** `longest`: the longest text that is kept, in bytes. */
function openReader(longest: number): ReadText {
  // by a hash of their bytes
  const texts: string[] = new Array(slots).fill('')
  return (bytes, from, end) => {
    if (end - from > longest) return bytes.toString('utf8', from, end)
    let hash = 0
    for (let at = from; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0
    const slot = (hash ^ (hash >>> 12)) & (slots - 1)
    const known = texts[slot]!
    if (isAscii(known, bytes, from, end)) return known
    const text = bytes.toString('utf8', from, end)
    texts[slot] = text
    return text
  }
}

/** Whether a text is what these bytes are in ASCII. */
function isAscii(text: string, bytes: Buffer, from: number, end: number): boolean {
  if (text.length !== end - from) return false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f || code !== bytes[from + i]) return false
  }
  return true
}

/** The ids of spans and traces that are kept, in hex, and the four words of their bytes: an id of 8 bytes has two. */
const ids: string[] = new Array(slots).fill('')
const words = new Int32Array(4 * slots)

/** Reads an id in lower-case hex. Those of 8 and 16 bytes, as the protocol has them, are kept. `view` is of the same bytes. */
export function readId(bytes: Buffer, view: DataView, from: number, end: number): string {
  const length = end - from
  if (length !== 8 && length !== 16) return bytes.toString('hex', from, end)
  const [a, b] = [view.getInt32(from), view.getInt32(from + 4)]
  const [c, d] = length === 8 ? [0, 0] : [view.getInt32(from + 8), view.getInt32(from + 12)]
  // random as a rule, so that their last bits differ; those of a client that counts differ, too
  const slot = (a ^ b ^ c ^ d) & (slots - 1)
  const at = 4 * slot
  const known = ids[slot]!
  const isKnown =
    known.length === 2 * length && words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d
  if (isKnown) return known
  const id = bytes.toString('hex', from, end)
  ids[slot] = id
  words[at] = a
  words[at + 1] = b
  words[at + 2] = c
  words[at + 3] = d
  return id
}
