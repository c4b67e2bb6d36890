import { encloseJson, placesOf } from './json/json-cut.ts'
import { parseJson } from './json/json-text.ts'
import { enclose, findItem } from './protobuf/protobuf-cut.ts'
import type { Format, Signal } from './span.ts'

/**
 * The OTLP request, in the same format, that holds only the span or log record number `index` of `body`, with its
 * resource and scope. `index` is what `decode` gave it: refused ones count. In protobuf the item's bytes are untouched;
 * in JSON its text is made anew (64-bit integers then stand as text).
 * Throws Malformed as `decode` does, and RangeError where there is no such item.
 */
export function cutOut(signal: Signal, format: Format, body: Uint8Array, index: number): Uint8Array {
  return format === 'json' ? cutJson(signal, body, index) : cutProtobuf(body, index)
}

function cutProtobuf(body: Uint8Array, index: number): Uint8Array {
  const place = findItem(body, index)
  if (place === undefined) throw noSuchItem(index)
  return enclose(body, place)
}

function cutJson(signal: Signal, body: Uint8Array, index: number): Uint8Array {
  let left = index
  for (const place of placesOf(signal, parseJson(body))) if (left-- === 0) return encloseJson(signal, place)
  throw noSuchItem(index)
}

function noSuchItem(index: number): RangeError {
  return new RangeError(`The request has no item number ${index}.`)
}
