import type { Signal } from '../span.ts'
import { type JsonObject, listOf, member, objectOf, objectsOf, snakeCase, wrongType } from './json-fields.ts'

const levels: Record<Signal, { readonly outer: string; readonly middle: string; readonly item: string }> = {
  traces: { outer: 'resourceSpans', middle: 'scopeSpans', item: 'spans' },
  logs: { outer: 'resourceLogs', middle: 'scopeLogs', item: 'logRecords' },
}

/**
 * JSON levels that a cut-out item keeps: writing recurses, and unknown members may nest without end. An attribute at
 * the limit of what is read (`deepestValue`) needs about 4 × 64.
 */
const deepestKept = 400

/** An item with the objects around it; the item may be of any type but null, which is no item. */
export interface JsonPlace {
  readonly outer: JsonObject
  readonly middle: JsonObject
  readonly item: unknown
}

/** All items of a request in order; throws Malformed where the levels above them have a wrong type. */
export function* placesOf(signal: Signal, request: unknown): Generator<JsonPlace> {
  const names = levels[signal]
  const top = objectOf(request, 'The body')
  if (top === undefined) throw wrongType('The body', 'an object', request)
  for (const outer of objectsOf(member(top, names.outer), names.outer))
    for (const middle of objectsOf(member(outer, names.middle), names.middle))
      for (const item of listOf(member(middle, names.item), names.item))
        if (item !== null) yield { outer, middle, item }
}

/** The request that holds only this item, with all members of its resource's and scope's level as they were. */
export function encloseJson(signal: Signal, place: JsonPlace): Uint8Array {
  const names = levels[signal]
  const middle = { ...without(place.middle, names.item), [names.item]: [place.item] }
  const outer = { ...without(place.outer, names.middle), [names.middle]: [middle] }
  return Buffer.from(write({ [names.outer]: [outer] }, deepestKept))
}

function without(object: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name && key !== snakeCase(name)))
}

/** As `JSON.stringify`, but to a limited depth, and with numbers that are too large for a double as they came. */
function write(value: unknown, levelsLeft: number): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return value > 0 ? '1e999' : '-1e999'
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (levelsLeft === 0) return 'null'
  if (Array.isArray(value)) return `[${value.map((element) => write(element, levelsLeft - 1)).join()}]`
  const members = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${write(inner, levelsLeft - 1)}`)
  return `{${members.join()}}`
}
