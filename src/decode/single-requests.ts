import { itemsOf, singleJsonRequests } from './json/json-extract.ts'
import { parseBody } from './json/json-text.ts'
import { protobufItems, singleProtobufRequest } from './protobuf/protobuf-extract.ts'
import type { Format, Signal, SingleRequest } from './span.ts'

/**
 * Returns a function that makes the request of a single span or log record by the index that `decode` gave it, which counts
 * refused items as well. The body is read when the function is first called, once for all items. In protobuf the item's
 * bytes are unchanged; JSON is written anew, with 64-bit integers as text. The function throws Malformed as `decode` does,
 * and RangeError where there is no such item.
 */
export function singleRequests(signal: Signal, format: Format, body: Uint8Array): (index: number) => SingleRequest {
  let requests: (() => SingleRequest)[] | undefined
  return (index) => {
    requests ??= format === 'json' ? jsonRequests(signal, body) : protobufRequests(body)
    const request = requests[index]
    if (request === undefined) throw new RangeError(`The request has no item number ${index}.`)
    return request()
  }
}

function protobufRequests(body: Uint8Array): (() => SingleRequest)[] {
  return Array.from(protobufItems(body), (item) => () => singleProtobufRequest(item))
}

function jsonRequests(signal: Signal, body: Uint8Array): (() => SingleRequest)[] {
  const requestOf = singleJsonRequests(signal)
  return Array.from(itemsOf(signal, parseBody(body)), (json) => () => requestOf(json))
}
