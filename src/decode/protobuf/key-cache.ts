/** The longest key that is cached, in bytes. */
const longestKey = 64
/** How many keys are cached; a power of two. */
const slots = 1_024

/** Keys by a hash of their bytes, each in place of the one before: a client that invents keys costs time, not memory. */
const keys: string[] = new Array(slots).fill('')

/**
 * Reads an attribute key. Clients repeat the same few keys, so most of them are texts that are in memory already: one
 * text for all spans is neither decoded nor collected, and a Map finds it by its identity.
 */
export function readKey(bytes: Buffer, from: number, end: number): string {
  if (end - from > longestKey) return bytes.toString('utf8', from, end)
  let hash = 0
  for (let at = from; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0
  const slot = (hash ^ (hash >>> 12)) & (slots - 1)
  const known = keys[slot]!
  if (isAscii(known, bytes, from, end)) return known
  const key = bytes.toString('utf8', from, end)
  keys[slot] = key
  return key
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
