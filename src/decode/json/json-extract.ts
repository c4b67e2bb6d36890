import { hash } from 'node:crypto'
import type { Fault } from '../decode-state.ts'
import type { Signal, SingleRequest } from '../span.ts'
import { type JsonObject, listOf, member, objectOf, objectsOf, snakeCase, wrongType } from './json-fields.ts'

/** The lists that hold a request's items, from the outside to the inside. */
export const levels: Record<Signal, { readonly outer: string; readonly middle: string; readonly item: string }> = {
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
  /** Why it is refused, where that is known already. */
  readonly fault?: Fault | undefined
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

/**
 * Returns a function that makes the requests of single items, with all other members of the two objects around each. The
 * text of these is written, measured and hashed once for all of their items.
 */
export function singleJsonRequests(signal: Signal): (json: JsonItem) => SingleRequest {
  const { outer, middle, item } = levels[signal]
  const outerMembers = memberTexts(middle, maxWrittenLevels - 3)
  const middleMembers = memberTexts(item, maxWrittenLevels - 5)
  return (json) => {
    const itemText = () => write(json.item, maxWrittenLevels - 6)
    const bytesOf = (around: string, within: string, text: string) =>
      Buffer.from(`{"${outer}":[{${around}"${middle}":[{${within}"${item}":[${text}]}]}]}`)
    return {
      format: 'json',
      length: () =>
        outerMembers(json.outer).length + middleMembers(json.middle).length + bytesOf('', '', itemText()).length,
      digest: () => sha256(`${outerMembers(json.outer).digest} ${middleMembers(json.middle).digest} ${itemText()}`),
      bytes: () => bytesOf(outerMembers(json.outer).text, middleMembers(json.middle).text, itemText()),
    }
  }
}

/** Members of an object as text, each with a comma behind it; `length` is in bytes. */
interface Members {
  readonly text: string
  readonly length: number
  readonly digest: string
}

/** Returns a function that writes the members of an object, but those with this name. */
function memberTexts(name: string, levelsLeft: number): (object: JsonObject) => Members {
  const known = new WeakMap<JsonObject, Members>()
  return (object) => {
    const found = known.get(object)
    if (found !== undefined) return found
    const members = Object.entries(object).filter(([key]) => key !== name && key !== snakeCase(name))
    const text = members.map(([key, value]) => `${JSON.stringify(key)}:${write(value, levelsLeft)},`).join('')
    const written = { text, length: Buffer.byteLength(text), digest: sha256(text) }
    known.set(object, written)
    return written
  }
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex')
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
