import type { Signal } from '../span.ts'
import { type JsonObject, listOf, member, objectOf, objectsOf, snakeCase, wrongType } from './json-fields.ts'

const levels: Record<Signal, { readonly outer: string; readonly middle: string; readonly item: string }> = {
  traces: { outer: 'resourceSpans', middle: 'scopeSpans', item: 'spans' },
  logs: { outer: 'resourceLogs', middle: 'scopeLogs', item: 'logRecords' },
}

/**
 * The JSON levels of an extracted item that are written: writing recurses, and unknown members may nest without end. An
 * attribute at the limit of `maxDepth` needs about 4 × 64.
 */
const maxWrittenLevels = 400

/** An item with the two objects around it. The item may have any JSON type but null, which counts as absent. */
export interface JsonItem {
  readonly outer: JsonObject
  readonly middle: JsonObject
  readonly item: unknown
}

/** All items of a request in order; throws Malformed where the levels above them have a wrong type. */
export function* itemsOf(signal: Signal, request: unknown): Generator<JsonItem> {
  const names = levels[signal]
  const top = objectOf(request, 'The body')
  if (top === undefined) throw wrongType('The body', 'an object', request)
  for (const outer of objectsOf(member(top, names.outer), names.outer))
    for (const middle of objectsOf(member(outer, names.middle), names.middle))
      for (const item of listOf(member(middle, names.item), names.item))
        if (item !== null) yield { outer, middle, item }
}

/** Writes a request that holds only this item, with all other members of the two objects around it. */
export function wrapJsonItem(signal: Signal, json: JsonItem): Uint8Array {
  const names = levels[signal]
  const middle = { ...without(json.middle, names.item), [names.item]: [json.item] }
  const outer = { ...without(json.outer, names.middle), [names.middle]: [middle] }
  return Buffer.from(write({ [names.outer]: [outer] }, maxWrittenLevels))
}

function without(object: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name && key !== snakeCase(name)))
}

/** Writes JSON like `JSON.stringify`, but to a limited depth, and a number too large for a double as such a number again. */
function write(value: unknown, levelsLeft: number): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return value > 0 ? '1e999' : '-1e999'
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (levelsLeft === 0) return 'null'
  if (Array.isArray(value)) return `[${value.map((element) => write(element, levelsLeft - 1)).join()}]`
  const members = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${write(inner, levelsLeft - 1)}`)
  return `{${members.join()}}`
}
