import { createHash } from 'node:crypto'

/**
 * Returns the fingerprint of a tool's arguments (JSON text) that are not stored: the same JSON with a hash for each key
 * and value. Equal arguments, and equal parts of them, have equal fingerprints, so tool spans and calls are matched by
 * fingerprints as they are by arguments. The ledger keeps it under the key `likeness`.
 */
export function argumentFingerprint(input: string): string {
  return JSON.stringify(hashed(JSON.parse(input)))
}

function hashed(tree: unknown): unknown {
  if (tree === null) return null
  if (Array.isArray(tree)) return tree.map(hashed)
  if (typeof tree !== 'object') return hashOf(String(tree))
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [hashOf(key), hashed(value)]))
}

/** The hash begins with a letter, because JavaScript moves keys that look like numbers before all others. */
function hashOf(text: string): string {
  return `h${createHash('sha256').update(text).digest('hex').slice(0, hashLength)}`
}

/** Hexadecimal digits of a hash: enough to differ within a trace, too few to reveal the text. */
const hashLength = 8
