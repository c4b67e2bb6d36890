import { createHash } from 'node:crypto'

/**
 * What stands for a tool's arguments (JSON text) that are not stored: the same JSON with a hash for each key and value.
 * Equal arguments have equal ones, and so have their parts: spans and calls are paired by it as by the arguments.
 */
export function likenessOf(input: string): string {
  return JSON.stringify(hashed(JSON.parse(input)))
}

function hashed(tree: unknown): unknown {
  if (tree === null) return null
  if (Array.isArray(tree)) return tree.map(hashed)
  if (typeof tree !== 'object') return hashOf(String(tree))
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [hashOf(key), hashed(value)]))
}

// a letter first, because JavaScript puts keys that look like numbers before all others
function hashOf(text: string): string {
  return `h${createHash('sha256').update(text).digest('hex').slice(0, hashLength)}`
}

/** Short, so that it tells little: they only have to differ within a trace. */
const hashLength = 8
