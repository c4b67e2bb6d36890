import type { Attributes } from '../../decode/span.ts'
import { fitText } from '../facts/column-limits.ts'
import { isList, type ParsedObject, type Tree } from './tree.ts'

/** Values below this depth are left out: no text for people nests deeper, and PostgreSQL's JSON parser recurses. */
const deepest = 40
const cutMark = '…'
/** The code units that must be left before an entry is written: its punctuation, a number, and the mark of a cut. */
const leastRoom = 48
const longestKey = 256

/**
 * The first characters of objects, lists and strings in JSON. Text that Python prints, or that was cut off, mostly begins
 * or ends otherwise. To test that first is cheaper than to let JSON.parse throw.
 */
const beginning = /^\s*(\{(?=\s*["}])|\[(?=\s*(?:["[\]\-\dtfn]|\{\s*["}]))|")/
const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']', '"': '"' }

/** Parses JSON text that holds an object, a list or a string; undefined for other text and for JSON that was cut off. */
export function parseJson(text: string): Tree | undefined {
  const opening = beginning.exec(text)?.[1]
  if (opening === undefined || !text.trimEnd().endsWith(closing[opening]!)) return undefined
  try {
    return JSON.parse(text) as Tree
  } catch {
    // cut by an attribute length limit, or text that only looks like JSON
    return undefined
  }
}

/**
 * Writes JSON text of at most `limit` UTF-16 code units (but at least 64) that `jsonb` accepts: NaN and infinities as
 * strings (R100), integers with all their digits (R101), bytes in base64 (R102). A value that doesn't fit is cut and
 * marked with `…`.
 */
export function jsonText(tree: Tree, limit: number): string {
  const output: Output = { left: Math.max(limit, 64), parts: [] }
  write(tree, output, 0)
  return output.parts.join('')
}

/**
 * Writes the arguments of a tool for `jsonb`. Arguments that came as JSON text, once or twice encoded, become what the
 * text holds; other text becomes a JSON string.
 */
export function argumentsText(tree: Tree, limit: number): string {
  if (typeof tree !== 'string') return jsonText(tree, limit)
  const parsed = parseJson(tree)
  if (parsed === undefined) return jsonText(tree, limit)
  if (typeof parsed === 'string') return jsonText(decodedTwice(parsed), limit)
  return isJsonb(tree, limit) ? tree : jsonText(parsed, limit)
}

/** Clients encode JSON twice at most; a third layer is an application's own text. */
function decodedTwice(text: string): Tree {
  const parsed = parseJson(text)
  return parsed === undefined || typeof parsed === 'string' ? text : parsed
}

/** Whether valid JSON text can stay as it is, digits included: it has nothing that `jsonb` or a limit here refuses. */
function isJsonb(json: string, limit: number): boolean {
  if (json.length > limit || !json.isWellFormed() || /\\u|\d[eE]|\d{100}/.test(json)) return false
  let depth = 0
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    // brackets inside strings count as well, which only makes the test stricter
    if (code === 0x5b || code === 0x7b) depth++
    else if (code === 0x5d || code === 0x7d) depth--
    if (depth > deepest) return false
  }
  return true
}

/**
 * The parts of a JSON text that are written so far, and how many code units may follow. The parts are joined once: V8
 * keeps a text that grew by `+` as a chain of all its pieces until its first read, which for the texts of facts is when
 * their transaction writes them.
 */
interface Output {
  left: number
  readonly parts: string[]
}

/** Writes a value that `depth` lists and records enclose. */
function write(tree: Tree, output: Output, depth: number): void {
  if (typeof tree === 'string') quote(tree, output)
  else if (typeof tree === 'number') spend(Number.isFinite(tree) ? String(tree) : `"${tree}"`, output)
  else if (tree === null || typeof tree === 'boolean') spend(String(tree), output)
  else if (typeof tree === 'bigint') digits(tree, output)
  else if (tree instanceof Uint8Array) quote(Buffer.from(tree.subarray(0, output.left)).toString('base64'), output)
  else if (depth >= deepest) quote(cutMark, output)
  else if (isList(tree)) writeList(tree, output, depth)
  else writeRecord(tree, output, depth)
}

function writeList(list: readonly Tree[], output: Output, depth: number): void {
  output.left -= 8
  let before = '['
  for (const item of list) {
    output.parts.push(before)
    before = ','
    if (output.left < leastRoom) {
      output.parts.push(`"${cutMark}"]`)
      return
    }
    write(item, output, depth + 1)
    output.left -= 1
  }
  output.parts.push(before === '[' ? '[]' : ']')
}

function writeRecord(record: Attributes | ParsedObject, output: Output, depth: number): void {
  output.left -= 12
  let before = '{'
  // two loops over keys: one loop over both, or one over entries, would allocate an object for each entry
  if (record instanceof Map) {
    for (const key of record.keys()) {
      output.parts.push(before)
      if (!writeEntry(key, record.get(key)!, output, depth)) return
      before = ','
    }
  } else {
    for (const key of Object.keys(record)) {
      output.parts.push(before)
      if (!writeEntry(key, record[key]!, output, depth)) return
      before = ','
    }
  }
  output.parts.push(before === '{' ? '{}' : '}')
}

/** Writes one field; returns false where no room was left and the record is closed already. */
function writeEntry(key: string, value: Tree, output: Output, depth: number): boolean {
  if (output.left < leastRoom) {
    output.parts.push(`"${cutMark}":"${cutMark}"}`)
    return false
  }
  const name = nameOf(key, Math.min(longestKey, output.left - 24))
  output.left -= name.length + 1
  output.parts.push(name)
  write(value, output, depth + 1)
  return true
}

/** A cache of short keys without escapes as JSON, with quotes and colon: clients repeat the same few keys. */
const names = new Map<string, string>()
const mostNames = 8_192
const longestName = 64

/** Returns a key as JSON with its colon; the quoted key has at most `most` code units. */
function nameOf(key: string, most: number): string {
  const known = names.get(key)
  if (known !== undefined && known.length <= most) return known
  const name = `${quoted(key, most)}:`
  if (key.length <= longestName && names.size < mostNames && name.length === key.length + 3) names.set(key, name)
  return name
}

function digits(value: bigint, output: Output): void {
  const text = value.toString()
  if (text.length > 20) quote(text, output)
  else spend(text, output)
}

function quote(text: string, output: Output): void {
  spend(quoted(text, output.left), output)
}

function spend(text: string, output: Output): void {
  output.left -= text.length
  output.parts.push(text)
}

/** Matches text without escapes, NUL and surrogates: most strings, and much faster than JSON.stringify. */
const plain = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/

/** Returns a text as a JSON string of at most `most` code units. */
function quoted(text: string, most: number): string {
  if (text.length + 2 <= most && plain.test(text)) return `"${text}"`
  let keep = Math.min(text.length, Math.max(most - 3, 0))
  for (;;) {
    const kept = fitText(text, keep)
    const json = JSON.stringify(keep < text.length ? kept + cutMark : kept)
    if (json.length <= most || keep === 0) return json
    // escapes made the text longer: keep fewer characters, in proportion to the excess
    keep = Math.min(keep - 1, Math.floor((keep * Math.max(most - 3, 0)) / json.length))
  }
}
