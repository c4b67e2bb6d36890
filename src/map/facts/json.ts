import type { AnyValue, Attributes } from '../../decode/span.ts'
import { fitText } from './column-limits.ts'

/** A value of OTLP or what `JSON.parse` made of a string: dialects put the same things in both. */
export type Tree = AnyValue | readonly Tree[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Tree
}

/** Deeper values are left out: nothing that a person reads nests so deep, and PostgreSQL's parser recurses. */
const deepest = 40
const cutMark = '…'
/** An entry is begun only while this much room is left: its punctuation, a number, the mark that says it was cut. */
const leastRoom = 48
const longestKey = 256

/** The child of a Map, an array or a parsed object; undefined where there is none. */
export function child(tree: Tree | undefined, key: string | number): Tree | undefined {
  if (typeof tree !== 'object' || tree === null) return undefined
  if (tree instanceof Map) return tree.get(typeof key === 'string' ? key : String(key))
  if (Array.isArray(tree)) return typeof key === 'number' ? (tree as readonly Tree[])[key] : undefined
  if (tree instanceof Uint8Array) return undefined
  const value: unknown = (tree as JsonObject)[key]
  // what objects inherit are functions, which JSON has none of, and their prototype; to ask whether it is theirs costs more
  if (typeof value === 'function' || (key === '__proto__' && !Object.hasOwn(tree, key))) return undefined
  return value as Tree | undefined
}

/** The first child that is there and not null. */
export function firstChild(tree: Tree | undefined, keys: readonly string[]): Tree | undefined {
  for (const key of keys) {
    const value = child(tree, key)
    if (value !== undefined && value !== null) return value
  }
  return undefined
}

/** A record that is being made. */
export interface Growing {
  [key: string]: Tree
}

/** Adds to a record what a client named itself: `__proto__` is a name like others. Much cheaper than to make it of entries. */
export function add(record: Growing, key: string, value: Tree): void {
  if (key === '__proto__') {
    Object.defineProperty(record, key, { value, enumerable: true, writable: true, configurable: true })
  } else record[key] = value
}

/** true for a Map and a parsed object, false for lists and bytes. */
export function isRecord(tree: Tree | undefined): tree is Attributes | JsonObject {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree) && !(tree instanceof Uint8Array)
}

export function isList(tree: Tree | undefined): tree is readonly Tree[] {
  return Array.isArray(tree)
}

/**
 * How objects, lists and strings begin and end in JSON. What Python prints and what was cut off mostly doesn't, and what
 * the parser throws then costs more than parsing.
 */
const beginning = /^\s*(\{(?=\s*["}])|\[(?=\s*(?:["[\]\-\dtfn]|\{\s*["}]))|")/
const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']', '"': '"' }

/** An object, a list or a quoted string that is written as JSON text; undefined where it isn't, or is cut off. */
export function parseJson(text: string): Tree | undefined {
  const opening = beginning.exec(text)?.[1]
  if (opening === undefined || !text.trimEnd().endsWith(closing[opening]!)) return undefined
  try {
    return JSON.parse(text) as Tree
  } catch {
    // truncated by an attribute length limit, or text that only looks like JSON
    return undefined
  }
}

/**
 * JSON text of at most `limit` code units (but never less than 64) that `jsonb` takes: NaN and infinities as strings
 * (R100), integers with all their digits (R101), bytes in base64 (R102). What doesn't fit is cut and marked with `…`.
 */
export function jsonText(tree: Tree, limit: number): string {
  const room: Room = { left: Math.max(limit, 64), parts: [] }
  write(tree, room, 0)
  return room.parts.join('')
}

/**
 * The arguments of a tool as `jsonb`: an object that came as text becomes that object, other text a JSON string.
 */
export function argumentsText(tree: Tree, limit: number): string {
  if (typeof tree !== 'string') return jsonText(tree, limit)
  const parsed = parseJson(tree)
  if (typeof parsed === 'string') return argumentsText2(parsed, limit)
  if (parsed === undefined) return jsonText(tree, limit)
  return isJsonb(tree, limit) ? tree : jsonText(parsed, limit)
}

/** JSON in JSON happens once; more would be somebody's text. */
function argumentsText2(text: string, limit: number): string {
  const parsed = parseJson(text)
  return jsonText(parsed === undefined || typeof parsed === 'string' ? text : parsed, limit)
}

/** Valid JSON that can stay as it is, digits included: nothing in it that jsonb or a limit of ours refuses. */
function isJsonb(json: string, limit: number): boolean {
  if (json.length > limit || !json.isWellFormed() || /\\u|\d[eE]|\d{100}/.test(json)) return false
  let depth = 0
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    // brackets within strings only make this stricter
    if (code === 0x5b || code === 0x7b) depth++
    else if (code === 0x5d || code === 0x7d) depth--
    if (depth > deepest) return false
  }
  return true
}

/**
 * What is written so far, and how much may follow. The parts are joined once: a text that is grown by `+` stays a chain
 * of all its pieces until somebody reads it, and most wait for their transaction until then.
 */
interface Room {
  left: number
  readonly parts: string[]
}

function write(tree: Tree, room: Room, depth: number): void {
  if (typeof tree === 'string') quote(tree, room)
  else if (typeof tree === 'number') spend(Number.isFinite(tree) ? String(tree) : `"${tree}"`, room)
  else if (tree === null || typeof tree === 'boolean') spend(String(tree), room)
  else if (typeof tree === 'bigint') digits(tree, room)
  else if (tree instanceof Uint8Array) quote(Buffer.from(tree.subarray(0, room.left)).toString('base64'), room)
  else if (depth >= deepest) quote(cutMark, room)
  else if (isList(tree)) writeList(tree, room, depth)
  else writeRecord(tree, room, depth)
}

function writeList(list: readonly Tree[], room: Room, depth: number): void {
  room.left -= 8
  let before = '['
  for (const item of list) {
    room.parts.push(before)
    before = ','
    if (room.left < leastRoom) {
      room.parts.push(`"${cutMark}"]`)
      return
    }
    write(item, room, depth + 1)
    room.left -= 1
  }
  room.parts.push(before === '[' ? '[]' : ']')
}

function writeRecord(record: Attributes | JsonObject, room: Room, depth: number): void {
  room.left -= 12
  let before = '{'
  // two loops, because one over the entries of either would make an array for each
  if (record instanceof Map) {
    for (const [key, value] of record) {
      if (!writeEntry(key, value, before, room, depth)) return
      before = ','
    }
  } else {
    for (const key of Object.keys(record)) {
      if (!writeEntry(key, record[key]!, before, room, depth)) return
      before = ','
    }
  }
  room.parts.push(before === '{' ? '{}' : '}')
}

/** false: there was no room, and the record is closed. */
function writeEntry(key: string, value: Tree, before: string, room: Room, depth: number): boolean {
  if (room.left < leastRoom) {
    room.parts.push(before, `"${cutMark}":"${cutMark}"}`)
    return false
  }
  const name = nameOf(key, Math.min(longestKey, room.left - 24))
  room.left -= name.length + 1
  room.parts.push(before, name)
  write(value, room, depth + 1)
  return true
}

/** Keys that need no escape and are short, with quotes and colon: clients write the same few again and again. */
const names = new Map<string, string>()
const mostNames = 8_192
const longestName = 64

/** A key as JSON, with its colon; the key has at most `most` code units. */
function nameOf(key: string, most: number): string {
  const known = names.get(key)
  if (known !== undefined && known.length <= most) return known
  const name = `${quoted(key, most)}:`
  if (key.length <= longestName && names.size < mostNames && name.length === key.length + 3) names.set(key, name)
  return name
}

function digits(value: bigint, room: Room): void {
  const text = value.toString()
  if (text.length > 20) quote(text, room)
  else spend(text, room)
}

function quote(text: string, room: Room): void {
  spend(quoted(text, room.left), room)
}

function spend(text: string, room: Room): void {
  room.left -= text.length
  room.parts.push(text)
}

/** Nothing in it needs an escape, NUL and surrogates included: most strings, and much faster than to look at each. */
const plain = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/

/** As a JSON string of at most `most` code units. */
function quoted(text: string, most: number): string {
  if (text.length + 2 <= most && plain.test(text)) return `"${text}"`
  let keep = Math.min(text.length, Math.max(most - 3, 0))
  for (;;) {
    const kept = fitText(text, keep)
    const json = JSON.stringify(keep < text.length ? kept + cutMark : kept)
    if (json.length <= most || keep === 0) return json
    // escapes made it longer: as many fewer characters as it is too long, in proportion
    keep = Math.min(keep - 1, Math.floor((keep * Math.max(most - 3, 0)) / json.length))
  }
}
