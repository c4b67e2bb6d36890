import { add, type Growing, type Tree } from './json.ts'

/** Deeper ones are somebody's text. */
const deepest = 40

/**
 * What `repr` made of Python's own values, as some clients write it where others write JSON: `{'a': None, 'b': (1, 2)}`.
 * An object that prints as its constructor is a record of its fields. undefined: it is no such text, or cut off.
 */
export function parsePython(text: string): Tree | undefined {
  const cursor = { text, at: 0 }
  try {
    const value = parseValue(cursor, 0)
    return peek(cursor) === '' ? value : undefined
  } catch (error) {
    if (error instanceof NotPython) return undefined
    throw error
  }
}

class NotPython extends Error {}

interface Cursor {
  readonly text: string
  at: number
}

const string = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/sy
const number = /-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?/y
const word = /[A-Za-z_][\w.]*/y
/** How an object prints that has no constructor to print: `<Finish.STOP: 'stop'>`. */
const opaque = /<[^<>]*>/y

const constants: Readonly<Record<string, Tree>> = { None: null, True: true, False: false, nan: null, inf: null }

/** What stands next, which is not a blank; '' at the end. */
function peek(cursor: Cursor): string {
  const { text } = cursor
  while (text.charCodeAt(cursor.at) <= 0x20) cursor.at++
  return text.charAt(cursor.at)
}

/** Whether this character stands next, which is taken then. */
function skip(cursor: Cursor, character: string): boolean {
  const isNext = peek(cursor) === character
  if (isNext) cursor.at++
  return isNext
}

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray {
  pattern.lastIndex = cursor.at
  const found = pattern.exec(cursor.text)
  if (found === null) throw new NotPython()
  cursor.at = pattern.lastIndex
  return found
}

function parseValue(cursor: Cursor, depth: number): Tree {
  if (depth > deepest) throw new NotPython()
  const next = peek(cursor)
  if (next === "'" || next === '"') return parseString(cursor, next)
  if (skip(cursor, '{')) return recordOf(cursor, '}', depth + 1)
  if (skip(cursor, '[')) return listOf(cursor, ']', depth + 1)
  if (skip(cursor, '(')) return listOf(cursor, ')', depth + 1)
  if (/[-\d]/.test(next)) return Number(take(cursor, number)[0])
  return next === '<' ? opaqueValue(cursor) : parseWord(cursor, depth)
}

function parseString(cursor: Cursor, quote: string): string {
  const end = cursor.text.indexOf(quote, cursor.at + 1)
  const plain = cursor.text.slice(cursor.at + 1, end)
  // most have no escapes, which is much faster than to look at each character
  if (end !== -1 && !plain.includes('\\')) {
    cursor.at = end + 1
    return plain
  }
  const [, single, double] = take(cursor, string)
  return unescaped(single ?? double!)
}

function opaqueValue(cursor: Cursor): null {
  take(cursor, opaque)
  return null
}

function parseWord(cursor: Cursor, depth: number): Tree {
  const [name] = take(cursor, word)
  if (Object.hasOwn(constants, name)) return constants[name]!
  if (!skip(cursor, '(')) throw new NotPython()
  return recordOf(cursor, ')', depth + 1)
}

/** The fields of a dictionary, `'key': value`, or of a constructor, `key=value`. */
function recordOf(cursor: Cursor, close: '}' | ')', depth: number): Tree {
  const record: Growing = {}
  for (let more = true; isNext(cursor, close, more); more = skip(cursor, ',')) {
    const key = close === '}' ? String(parseValue(cursor, depth)) : take(cursor, word)[0]
    if (!skip(cursor, close === '}' ? ':' : '=')) throw new NotPython()
    add(record, key, parseValue(cursor, depth))
  }
  return record
}

function listOf(cursor: Cursor, close: ']' | ')', depth: number): Tree[] {
  const list: Tree[] = []
  for (let more = true; isNext(cursor, close, more); more = skip(cursor, ',')) list.push(parseValue(cursor, depth))
  return list
}

/** Whether an item stands next and not the closing bracket, which is taken then. The last comma may be followed by nothing. */
function isNext(cursor: Cursor, close: string, more: boolean): boolean {
  if (skip(cursor, close)) return false
  if (!more) throw new NotPython()
  return true
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/gs, (_, x, u, long, single: string) => {
    const code = x ?? u ?? long
    if (code === undefined) return escapes[single] ?? single
    const point = Number.parseInt(code as string, 16)
    return point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd'
  })
}
