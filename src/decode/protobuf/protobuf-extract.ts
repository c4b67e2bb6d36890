import { hash } from 'node:crypto'
import { TooLarge } from '../../errors.ts'
import { mostEnclosures } from '../decode-state.ts'
import type { SingleRequest } from '../span.ts'
import { Reader } from './wire.ts'

/** The tag of ResourceSpans.scope_spans and ResourceLogs.scope_logs: field 2, length-delimited. */
export const scopeTag = 18

/** The tag of instrumentation_library_spans and _logs, as both were called before OTLP 0.15: field 1000, now reserved. */
export const scopeTagBefore015 = 8002

/** The tag of resource_spans and resource_logs in a request: field 1, length-delimited. */
export const resourceTag = 10

/** The tag of ScopeSpans.spans and ScopeLogs.log_records: field 2, length-delimited. */
export const itemTag = 18

/** The tags of the fields that hold scopes. */
export const scopeTags: readonly number[] = [scopeTag, scopeTagBefore015]

/** A part of the body: `from` is the position of its first byte, `end` the position after its last. */
export interface ByteRange {
  readonly from: number
  readonly end: number
}

/** A message around items: its fields but those that hold the items. They are copied and hashed once for all of its items. */
export class Enclosure {
  readonly #body: Uint8Array
  readonly #range: ByteRange
  readonly #tags: readonly number[]
  #others: Buffer | undefined
  #digest: string | undefined

  /** `tags` are those of the fields that hold the items, or the messages around these. */
  constructor(body: Uint8Array, range: ByteRange, tags: readonly number[]) {
    this.#body = body
    this.#range = range
    this.#tags = tags
  }

  /** All other fields, as they were sent. */
  get others(): Uint8Array {
    this.#others ??= Buffer.concat(othersIn(this.#body, this.#range, this.#tags))
    return this.#others
  }

  get digest(): string {
    this.#digest ??= sha256(this.others)
    return this.#digest
  }
}

/** The bytes of an item, the two messages around it, and the tag of the field that holds its scope. */
export interface EnclosedItem {
  readonly outer: Enclosure
  readonly middle: Enclosure
  readonly scopeTag: number
  readonly item: Uint8Array
}

/** Returns the request that holds only this item: its own bytes, and all other fields of the two messages around it. */
export function singleProtobufRequest({ outer, middle, scopeTag, item }: EnclosedItem): SingleRequest {
  const innerLength = () => middle.others.length + lengthDelimited(itemTag, item.length)
  return {
    format: 'protobuf',
    length: () => lengthDelimited(resourceTag, outer.others.length + lengthDelimited(scopeTag, innerLength())),
    digest: () => sha256(Buffer.from(`${outer.digest} ${middle.digest} ${scopeTag} ${sha256(item)}`)),
    bytes: () =>
      delimited(resourceTag, [outer.others, delimited(scopeTag, [middle.others, delimited(itemTag, [item])])]),
  }
}

/** Returns the request that holds only these items: their own bytes, and all other fields of the messages around them. */
export function joinedProtobufRequest(items: readonly EnclosedItem[]): Buffer<ArrayBuffer> {
  const pieces: Uint8Array[] = []
  for (let from = 0; from < items.length; ) {
    const { outer, middle, scopeTag } = items[from]!
    let end = from
    while (items[end]?.middle === middle) end++
    const within = items.slice(from, end).flatMap(({ item }) => headed(itemTag, [item]))
    pieces.push(...headed(resourceTag, [outer.others, ...headed(scopeTag, [middle.others, ...within])]))
    from = end
  }
  return Buffer.concat(pieces)
}

/**
 * Finds all items, in the order in which `decodeProtobuf` counts them. Throws Malformed, and TooLarge for too many
 * resources and scopes.
 */
export function* protobufItems(body: Uint8Array): Generator<EnclosedItem> {
  let enclosures = 0
  const enclosure = (range: ByteRange, tags: readonly number[]) => {
    if (++enclosures > mostEnclosures)
      throw new TooLarge('The request holds too many resources and scopes: send smaller batches.')
    return new Enclosure(body, range, tags)
  }
  for (const resource of fieldsWithTag(body, { from: 0, end: body.length }, resourceTag)) {
    const outer = enclosure(resource, scopeTags)
    const tag = fieldsWithTag(body, resource, scopeTag).next().done ? scopeTagBefore015 : scopeTag
    for (const scope of fieldsWithTag(body, resource, tag)) {
      const middle = enclosure(scope, [itemTag])
      for (const { from, end } of fieldsWithTag(body, scope, itemTag))
        yield { outer, middle, scopeTag: tag, item: body.subarray(from, end) }
    }
  }
}

function* fieldsWithTag(body: Uint8Array, message: ByteRange, tag: number): Generator<ByteRange> {
  for (const field of fields(body, message)) if (field.tag === tag) yield field
}

/** The bytes of all fields with other tags. Neighbours are one piece, since a sender may write a million of two bytes. */
function othersIn(body: Uint8Array, message: ByteRange, tags: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let from = message.from
  for (const field of fields(body, message)) {
    if (!tags.includes(field.tag)) continue
    if (field.start > from) pieces.push(body.subarray(from, field.start))
    from = field.end
  }
  return [...pieces, body.subarray(from, message.end)]
}

function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}

/** A field: `start` is the position of its tag, `from` to `end` the content if it is length-delimited. */
interface Field extends ByteRange {
  readonly tag: number
  readonly start: number
}

/** Finds the fields of one message one by one: a list of all could take more memory than the body. */
function* fields(body: Uint8Array, message: ByteRange): Generator<Field> {
  const reader = new Reader(body)
  reader.at = message.from
  while (reader.at < message.end) {
    const start = reader.at
    const tag = reader.tag()
    const from = (tag & 7) === 2 ? afterLength(reader) : reader.at
    reader.skip(tag)
    yield { tag, start, from, end: reader.at }
  }
  reader.close(message.end)
}

/** The position after the length at the cursor; the cursor doesn't move. */
function afterLength(reader: Reader): number {
  const at = reader.at
  reader.end()
  const from = reader.at
  reader.at = at
  return from
}

function delimited(tag: number, parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(headed(tag, parts))
}

/** The pieces of a field: its tag and length, then its content. */
function headed(tag: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return [varint(tag), varint(length), ...parts]
}

/** The length of a field with so many bytes of content, with its tag and length. */
function lengthDelimited(tag: number, length: number): number {
  return varint(tag).length + varint(length).length + length
}

function varint(value: number): Uint8Array {
  const bytes = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Uint8Array.of(...bytes, rest)
}
