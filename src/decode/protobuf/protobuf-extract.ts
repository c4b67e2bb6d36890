import { hash } from 'node:crypto'
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
    this.#others ??= Buffer.concat(
      fields(this.#body, this.#range)
        .filter(({ tag }) => !this.#tags.includes(tag))
        .map(({ start, end }) => this.#body.subarray(start, end)),
    )
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

/** Finds all items, in the order in which `decodeProtobuf` counts them. */
export function* protobufItems(body: Uint8Array): Generator<EnclosedItem> {
  for (const resource of fieldsWithTag(body, { from: 0, end: body.length }, resourceTag)) {
    const outer = new Enclosure(body, resource, scopeTags)
    const scopes = fieldsWithTag(body, resource, scopeTag)
    const tag = scopes.length > 0 ? scopeTag : scopeTagBefore015
    for (const scope of scopes.length > 0 ? scopes : fieldsWithTag(body, resource, scopeTagBefore015)) {
      const middle = new Enclosure(body, scope, [itemTag])
      for (const { from, end } of fieldsWithTag(body, scope, itemTag))
        yield { outer, middle, scopeTag: tag, item: body.subarray(from, end) }
    }
  }
}

function fieldsWithTag(body: Uint8Array, message: ByteRange, tag: number): ByteRange[] {
  return fields(body, message).filter((field) => field.tag === tag)
}

function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}

/** The fields of one message: `start` is the position of the tag, `from` to `end` the content if it is length-delimited. */
function fields(
  body: Uint8Array,
  message: ByteRange,
): (ByteRange & { readonly tag: number; readonly start: number })[] {
  const reader = new Reader(body)
  const found = []
  reader.at = message.from
  while (reader.at < message.end) {
    const start = reader.at
    const tag = reader.tag()
    const from = (tag & 7) === 2 ? afterLength(reader) : reader.at
    reader.skip(tag)
    found.push({ tag, start, from, end: reader.at })
  }
  reader.close(message.end)
  return found
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
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([varint(tag), varint(length), ...parts])
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
