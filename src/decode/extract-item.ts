import { itemsOf, wrapJsonItem } from './json/json-extract.ts'
import { parseBody } from './json/json-text.ts'
import { findItem, wrapItem } from './protobuf/protobuf-extract.ts'
import type { Format, Signal } from './span.ts'

/**
 * Extracts one span or log record: the result is an OTLP request in the same format that holds only it, with its
 * resource and scope. `index` is the one that `decode` gave it, which counts refused items as well. In protobuf the
 * item's bytes are unchanged; JSON is written anew, with 64-bit integers as text.
 * Throws Malformed as `decode` does, and RangeError where there is no such item.
 */
export function extractItem(signal: Signal, format: Format, body: Uint8Array, index: number): Uint8Array {
  return format === 'json' ? extractJson(signal, body, index) : extractProtobuf(body, index)
}

function extractProtobuf(body: Uint8Array, index: number): Uint8Array {
  const ranges = findItem(body, index)
  if (ranges === undefined) throw noSuchItem(index)
  return wrapItem(body, ranges)
}

function extractJson(signal: Signal, body: Uint8Array, index: number): Uint8Array {
  let left = index
  for (const json of itemsOf(signal, parseBody(body))) if (left-- === 0) return wrapJsonItem(signal, json)
  throw noSuchItem(index)
}

function noSuchItem(index: number): RangeError {
  return new RangeError(`The request has no item number ${index}.`)
}
