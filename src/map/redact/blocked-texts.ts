import type { AnyValue, Attributes } from '../../decode/span.ts'
import { parseJson } from '../values/json.ts'
import { entriesOf, isList, type Tree } from '../values/tree.ts'
import type { RedactionParts } from './redaction-parts.ts'

/** Nothing deeper is stored (values/json.ts). */
export const deepest = 45
const mostLiterals = 10_000

/** The texts in the values of blocked keys. Too many of them are an error: then none of the item's texts is stored. */
export function blockedTexts(parts: RedactionParts, values: readonly AnyValue[]): ReadonlySet<string> {
  const texts = new Set<string>()
  for (const value of values) collectBlocked(parts, value, texts, 0)
  return texts
}

function collectBlocked(parts: RedactionParts, tree: Tree, texts: Set<string>, depth: number): void {
  if (typeof tree === 'string') {
    const parsed = parts.blockedHint?.test(tree) ? parseJson(tree) : undefined
    if (typeof parsed === 'object') collectBlocked(parts, parsed, texts, depth + 1)
  }
  if (typeof tree !== 'object' || tree === null || tree instanceof Uint8Array || depth > deepest) return
  if (isList(tree)) for (const part of tree) collectBlocked(parts, part, texts, depth + 1)
  else
    for (const [key, value] of entriesOf(tree as Attributes)) {
      if (parts.isBlocked(key)) collectTexts(value, texts, depth + 1)
      else collectBlocked(parts, value, texts, depth + 1)
    }
}

function collectTexts(tree: Tree, texts: Set<string>, depth: number): void {
  if (texts.size > mostLiterals) throw new Error('too many texts are under blocked keys')
  if (typeof tree === 'string') {
    if (tree !== '') texts.add(tree)
    const parsed = parseJson(tree)
    if (typeof parsed === 'object') collectTexts(parsed, texts, depth + 1)
  } else if (typeof tree === 'object' && tree !== null && !(tree instanceof Uint8Array) && depth <= deepest) {
    for (const part of isList(tree) ? tree : entriesOf(tree as Attributes).map(([, value]) => value))
      collectTexts(part, texts, depth + 1)
  }
}
