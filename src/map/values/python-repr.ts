import { addField, type MutableRecord, type Tree } from './tree.ts'

/** The deepest nesting that is parsed. Deeper text is no value that a client printed, and recursion needs an end. */
const deepest = 40

/**
 * Parses what Python's `repr` prints for its own values, which some clients write where others write JSON:
 * `{'a': None, 'b': (1, 2)}`. An object that prints as its constructor becomes a record of its fields. Returns undefined
 * for other text, and for text that was cut off.
 */
export function parsePython(text: string): Tree | undefined {
  const cursor = { text, at: 0 }
  try {
    const value = parseValue(cursor, 0)
    return nextCharacter(cursor) === '' ? value : undefined
  } catch (error) {
    if (error instanceof NotPython) return undefined
    throw error
  }
}

/** Text that Python's `repr` didn't print: ends the parsing. */
class NotPython extends Error {}

interface Cursor {
  readonly text: string
  at: number
}

const string = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/sy
const number = /-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?/y
const word = /[A-Za-z_][\w.]*/y
/** Matches an object that doesn't print as its constructor: `<Finish.STOP: 'stop'>`. */
const opaque = /<[^<>]*>/y

const constants: Readonly<Record<string, Tree>> = { None: null, True: true, False: false, nan: null, inf: null }

/** Skips blanks and returns the next character without taking it; '' at the end. */
function nextCharacter(cursor: Cursor): string {
  const { text } = cursor
  while (text.charCodeAt(cursor.at) <= 0x20) cursor.at++
  return text.charAt(cursor.at)
}

/** Takes the next character if it is this one; returns whether it was. */
function takeIf(cursor: Cursor, character: string): boolean {
  const isNext = nextCharacter(cursor) === character
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
  const next = nextCharacter(cursor)
  if (next === "'" || next === '"') return parseString(cursor, next)
  if (takeIf(cursor, '{')) return recordOf(cursor, '}', depth + 1)
  if (takeIf(cursor, '[')) return listOf(cursor, ']', depth + 1)
  if (takeIf(cursor, '(')) return listOf(cursor, ')', depth + 1)
  if (/[-\d]/.test(next)) return Number(take(cursor, number)[0])
  return next === '<' ? opaqueValue(cursor) : parseWord(cursor, depth)
}

function parseString(cursor: Cursor, quote: string): string {
  const end = cursor.text.indexOf(quote, cursor.at + 1)
  const plain = cursor.text.slice(cursor.at + 1, end)
  // most strings have no escapes, and indexOf is much faster than the pattern
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
  if (!takeIf(cursor, '(')) throw new NotPython()
  return recordOf(cursor, ')', depth + 1)
}

/** Parses the fields of a dictionary, `'key': value`, or of a constructor, `key=value`. */
function recordOf(cursor: Cursor, close: '}' | ')', depth: number): Tree {
  const record: MutableRecord = {}
  for (let more = true; hasEntry(cursor, close, more); more = takeIf(cursor, ',')) {
    const key = close === '}' ? String(parseValue(cursor, depth)) : take(cursor, word)[0]
    if (!takeIf(cursor, close === '}' ? ':' : '=')) throw new NotPython()
    addField(record, key, parseValue(cursor, depth))
  }
  return record
}

function listOf(cursor: Cursor, close: ']' | ')', depth: number): Tree[] {
  const list: Tree[] = []
  for (let more = true; hasEntry(cursor, close, more); more = takeIf(cursor, ',')) list.push(parseValue(cursor, depth))
  return list
}

/** Returns whether another entry follows. Takes the closing bracket if it is next; a comma may stand before it. */
function hasEntry(cursor: Cursor, close: string, more: boolean): boolean {
  if (takeIf(cursor, close)) return false
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
