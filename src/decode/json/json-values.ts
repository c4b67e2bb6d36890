import {
  countElements,
  countObject,
  type DecodeState,
  maxDepth,
  replaceDeep,
  setAttribute,
  warn,
  warnOfIndex,
} from '../decode-state.ts'
import type { AnyValue, Attributes } from '../span.ts'
import {
  decimalOf,
  type JsonObject,
  listOf,
  member,
  objectOf,
  objectsOf,
  snakeCase,
  textOf,
  wholeNumberOf,
  wrongType,
} from './json-fields.ts'

/** Reads a list of KeyValue in JSON into `into`; `depth` is the number of arrays and maps around it. */
export function readAttributes(list: unknown, state: DecodeState, into: Attributes, depth: number): void {
  for (const pair of objectsOf(list, 'attributes')) {
    if (member(pair, 'keyStrindex') !== undefined) warnOfIndex(state)
    setAttribute(state, into, textOf(member(pair, 'key'), 'key'), readAnyValue(member(pair, 'value'), state, depth))
  }
}

/**
 * Reads an AnyValue in JSON. Of several members, the last one that isn't null wins (R83). A text that isn't the base64 or
 * number that its member needs becomes null with a warning (R78); a wrong JSON type throws Malformed.
 */
export function readAnyValue(value: unknown, state: DecodeState, depth: number): AnyValue {
  const object = objectOf(value, 'value')
  if (object === undefined) return null
  let last: string | undefined
  let onlyNullDouble = false
  for (const name in object) {
    const known = members.get(name)
    if (known === undefined) continue
    if (object[name] !== null) last = name
    else if (known === readDouble) onlyNullDouble = true
  }
  // JSON has no NaN and no infinity: the JavaScript SDK sends them as null (R76).
  if (last === undefined) return onlyNullDouble ? Number.NaN : null
  return members.get(last)?.(object[last], state, depth) ?? null
}

type ReadMember = (value: unknown, state: DecodeState, depth: number) => AnyValue

const members: ReadonlyMap<string, ReadMember> = new Map(
  Object.entries({
    stringValue: (value) => textOf(value, 'stringValue'),
    boolValue: readBool,
    intValue: readInt,
    doubleValue: readDouble,
    arrayValue: readArray,
    kvlistValue: readMap,
    bytesValue: readBytes,
    stringValueStrindex: readIndex,
  } satisfies Record<string, ReadMember>).flatMap(([name, read]): [string, ReadMember][] => [
    [name, read],
    [snakeCase(name), read],
  ]),
)

function readBool(value: unknown): AnyValue {
  if (typeof value !== 'boolean') throw wrongType('boolValue', 'true or false', value)
  return value
}

/** An integer; one beyond 64 bits becomes a double, because JavaScript's SDK sends `{"intValue":1e+300}` (R76). */
function readInt(value: unknown, state: DecodeState): AnyValue {
  if (typeof value !== 'number' && typeof value !== 'string') throw wrongType('intValue', 'a whole number', value)
  const number = wholeNumberOf(value)
  if (number === undefined) return unreadable(state)
  return typeof number === 'bigint' && BigInt.asIntN(64, number) !== number ? Number(number) : number
}

function readDouble(value: unknown, state: DecodeState): AnyValue {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') throw wrongType('doubleValue', 'a number', value)
  return notFinite.get(value) ?? decimalOf(value) ?? unreadable(state)
}

const notFinite: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

/** Bytes in base64, in either alphabet, with padding or without (R78). */
function readBytes(value: unknown, state: DecodeState): AnyValue {
  if (typeof value !== 'string') throw wrongType('bytesValue', 'base64 text', value)
  const digits = value.replace(/={1,2}$/, '')
  if (!/^[\w+/-]*$/.test(digits) || digits.length % 4 === 1) return unreadable(state)
  return new Uint8Array(Buffer.from(digits, 'base64'))
}

function readArray(value: unknown, state: DecodeState, depth: number): AnyValue {
  const array = objectOf(value, 'arrayValue') ?? nothing
  if (depth >= maxDepth) return replaceDeep(state)
  const values = listOf(member(array, 'values'), 'values')
  countObject(state)
  countElements(state, values.length)
  return values.map((element) => readAnyValue(element, state, depth + 1))
}

function readMap(value: unknown, state: DecodeState, depth: number): AnyValue {
  const list = objectOf(value, 'kvlistValue') ?? nothing
  if (depth >= maxDepth) return replaceDeep(state)
  countObject(state)
  const values: Attributes = new Map()
  readAttributes(member(list, 'values'), state, values, depth + 1)
  return values
}

const nothing: JsonObject = {}

function readIndex(_value: unknown, state: DecodeState): AnyValue {
  warnOfIndex(state)
  return null
}

function unreadable(state: DecodeState): null {
  warn(state, 'An attribute held a text or number that its type can not be: it was left empty.')
  return null
}
