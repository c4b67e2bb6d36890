import {
  countElements,
  countObject,
  type DecodeState,
  maxDepth,
  replaceDeep,
  setAttribute,
  warnOfIndex,
} from '../decode-state.ts'
import type { AnyValue, Attributes } from '../span.ts'
import type { Reader } from './wire.ts'

// A tag is field number × 8 + wire type (0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes). The comment of a
// `case` has the field's number and name; a comment before a loop lists the tags that the loop knows.

/**
 * Reads one KeyValue of common.proto at the cursor and stores it in `into`. `depth` is the number of arrays and maps
 * around it.
 */
export function readKeyValue(reader: Reader, state: DecodeState, into: Attributes, depth: number): void {
  const end = reader.end()
  let key = ''
  let value: AnyValue = null
  // 10 key, 18 value, 24 key_strindex
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10) key = reader.key()
    else if (tag === 18) value = readAnyValue(reader, state, value, depth)
    else {
      if (tag === 24) warnOfIndex(state)
      reader.skip(tag)
    }
  }
  reader.close(end)
  setAttribute(state, into, key, value)
}

/**
 * Reads one AnyValue of common.proto at the cursor. Of several members the last wins. `before` is the value of an earlier
 * part of the same message: protobuf merges the parts of a split message, so an array or map is continued.
 */
export function readAnyValue(reader: Reader, state: DecodeState, before: AnyValue, depth: number): AnyValue {
  const end = reader.end()
  let value = before
  while (reader.at < end) {
    const tag = reader.tag()
    switch (tag) {
      case 10: // 1 string_value
        value = reader.text()
        break
      case 16: // 2 bool_value
        value = reader.bool()
        break
      case 24: // 3 int_value
        value = reader.int64()
        break
      case 33: // 4 double_value
        value = reader.double()
        break
      case 42: // 5 array_value
        value = readArray(reader, state, value, depth)
        break
      case 50: // 6 kvlist_value
        value = readMap(reader, state, value, depth)
        break
      case 58: // 7 bytes_value
        value = reader.blob()
        break
      case 64: // 8 string_value_strindex
        value = null
        warnOfIndex(state)
        reader.skip(tag)
        break
      default:
        reader.skip(tag)
    }
  }
  reader.close(end)
  return value
}

function readArray(reader: Reader, state: DecodeState, before: AnyValue, depth: number): AnyValue {
  const end = reader.end()
  if (depth >= maxDepth) {
    reader.at = end
    return replaceDeep(state)
  }
  countObject(state)
  const values = Array.isArray(before) ? before : []
  // 10 values
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10) {
      countElements(state, 1)
      values.push(readAnyValue(reader, state, null, depth + 1))
    } else reader.skip(tag)
  }
  reader.close(end)
  return values
}

function readMap(reader: Reader, state: DecodeState, before: AnyValue, depth: number): AnyValue {
  const end = reader.end()
  if (depth >= maxDepth) {
    reader.at = end
    return replaceDeep(state)
  }
  countObject(state)
  const values: Attributes = before instanceof Map ? before : new Map()
  // 10 values
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10) readKeyValue(reader, state, values, depth + 1)
    else reader.skip(tag)
  }
  reader.close(end)
  return values
}
