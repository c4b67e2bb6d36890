import { setImmediate as turn } from 'node:timers/promises'
import { TooLarge } from '../errors.ts'
import { freeMemory } from '../free-memory.ts'
import { decodeInto } from './decode.ts'
import { maxParts, partsOfItem } from './decode-state.ts'
import { decodeJsonItems } from './json/json.ts'
import { itemsOf, type JsonItem, singleJsonRequests } from './json/json-extract.ts'
import { type ItemPlace, itemParser, scanItems } from './json/json-scan.ts'
import { hasBrackets, mostBracketsAtOnce, parseBody } from './json/json-text.ts'
import { type EnclosedItem, joinedProtobufRequest, protobufItems } from './protobuf/protobuf-extract.ts'
import { singleRequests } from './single-requests.ts'
import type { DecodedRest, Format, ItemSink, Signal, SingleRequest } from './span.ts'

/** Some spans or log records of a request, which can be decoded and stored apart from the others. */
export interface RequestPart {
  /** About how many bytes they are, as they came. */
  readonly bytes: number
  /** Decodes them; throws what `decodeInto` throws. */
  readonly decodeInto: (sink: ItemSink) => DecodedRest
  /** Returns the request that holds only the item with this index, which counts from the start of the part. */
  readonly requestOf: (index: number) => SingleRequest
  /** Frees its memory, when nothing refers to what was decoded any more. */
  readonly release: () => void
}

/** The parts of a request, which may be run through several times; `isLarge` where there are several. */
export interface RequestParts extends Iterable<RequestPart> {
  readonly isLarge: boolean
}

/** A shorter body is no large request: its items would have 32 bytes, and the two ids of a span alone take more. */
const shortBytes = 256 * 1024
/** The largest request that is not cut. */
const mostUncut = { items: 8192, bytes: 8 * 1024 * 1024 }
/** The largest part, unless one item alone has more bytes. Decoding and mapping it takes some 25 ms. */
const mostOfPart = { items: 1024, bytes: 1024 * 1024 }

/** The most spans or log records of a request: an honest one of 64 MiB has fewer. */
export const mostItems: number = maxParts / partsOfItem

/**
 * Cuts a large request into parts; any other is one part. Decoded objects take many times their bytes, and answers have a
 * time limit, so that a request of the greatest length can only be stored part by part. Throws `TooLarge` for too many
 * items, and `Malformed`.
 */
export function partsOf(signal: Signal, format: Format, body: Uint8Array): RequestParts | Promise<RequestParts> {
  if (body.length < shortBytes) return uncut(wholeRequest(signal, format, body))
  if (format === 'protobuf') return protobufParts(signal, body)
  const isLong = body.length > mostUncut.bytes || hasBrackets(body, mostBracketsAtOnce)
  return isLong ? longJsonParts(signal, body) : jsonParts(signal, body)
}

function uncut(part: RequestPart): RequestParts {
  return Object.assign([part], { isLarge: false })
}

/** `isLong`: a body that is cut though it has few items. */
function isLarge(items: number, isLong: boolean): boolean {
  if (items > mostItems)
    throw new TooLarge(`The request holds more than ${mostItems} spans or log records: send smaller batches.`)
  return items > mostUncut.items || (items > 1 && isLong)
}

function wholeRequest(signal: Signal, format: Format, body: Uint8Array): RequestPart {
  return {
    bytes: body.length,
    decodeInto: (sink) => decodeInto(sink, signal, format, body),
    requestOf: singleRequests(signal, format, body),
    release: () => {},
  }
}

/** A part that was copied out of a request. */
function copiedRequest(signal: Signal, copy: Buffer<ArrayBuffer>): RequestPart {
  return { ...wholeRequest(signal, 'protobuf', copy), release: () => freeMemory(copy) }
}

function protobufParts(signal: Signal, body: Uint8Array): RequestParts {
  if (!isLarge(countOf(protobufItems(body)), body.length > mostUncut.bytes))
    return uncut(wholeRequest(signal, 'protobuf', body))
  return {
    isLarge: true,
    *[Symbol.iterator]() {
      for (const items of groups(protobufItems(body), ({ item }) => item.length))
        yield copiedRequest(signal, joinedProtobufRequest(items))
    },
  }
}

function jsonParts(signal: Signal, body: Uint8Array): RequestParts {
  const request = parseBody(body)
  const count = countOf(itemsOf(signal, request))
  const bytesEach = body.length / Math.max(1, count)
  const singleRequest = singleJsonRequests(signal)
  const partOf = (items: readonly JsonItem[]): RequestPart => ({
    bytes: items.length * bytesEach,
    decodeInto: (sink) => decodeJsonItems(sink, signal, items),
    requestOf: (index) => singleRequest(items[index]!),
    release: () => {},
  })
  if (!isLarge(count, false)) return uncut(partOf([...itemsOf(signal, request)]))
  return {
    isLarge: true,
    *[Symbol.iterator]() {
      for (const items of groups(itemsOf(signal, request), () => bytesEach)) yield partOf(items)
    },
  }
}

/** The parts of a JSON that is too long to be parsed at once, or has too many objects and arrays. */
async function longJsonParts(signal: Signal, body: Uint8Array): Promise<RequestParts> {
  const scan = scanItems(signal, body, mostItems)
  let step = scan.next()
  for (; !step.done; step = scan.next()) await turn()
  const places = step.value
  const parse = itemParser(body)
  const singleRequest = singleJsonRequests(signal)
  const bytesOf = ({ from, end }: ItemPlace) => end - from
  const partOf = (ofPart: readonly ItemPlace[]): RequestPart => ({
    bytes: ofPart.reduce((sum, place) => sum + bytesOf(place), 0),
    decodeInto: (sink) => decodeJsonItems(sink, signal, parse(ofPart)),
    requestOf: (index) => singleRequest([...parse([ofPart[index]!])][0]!),
    release: () => {},
  })
  if (!isLarge(places.length, true)) return uncut(partOf(places))
  return {
    isLarge: true,
    *[Symbol.iterator]() {
      for (const ofPart of groups(places, bytesOf)) yield partOf(ofPart)
    },
  }
}

/** Counts items, no further than to one more than a request may hold. */
function countOf(items: Iterable<EnclosedItem | JsonItem>): number {
  let count = 0
  for (const _ of items) if (++count > mostItems) break
  return count
}

/** Groups items, in their order, into parts. */
function* groups<Item>(items: Iterable<Item>, bytesOf: (item: Item) => number): Generator<Item[]> {
  let group: Item[] = []
  let bytes = 0
  for (const item of items) {
    const isFull = group.length === mostOfPart.items || bytes + bytesOf(item) > mostOfPart.bytes
    if (group.length > 0 && isFull) {
      yield group
      group = []
      bytes = 0
    }
    group.push(item)
    bytes += bytesOf(item)
  }
  if (group.length > 0) yield group
}
