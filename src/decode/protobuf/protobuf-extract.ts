import { Reader } from './wire.ts'

/** The tag of ResourceSpans.scope_spans and ResourceLogs.scope_logs: field 2, length-delimited. */
export const scopeTag = 18

/** The tag of instrumentation_library_spans and _logs, as both were called before OTLP 0.15: field 1000, now reserved. */
export const scopeTagBefore015 = 8002

/** The tag of resource_spans and resource_logs in a request: field 1, length-delimited. */
export const resourceTag = 10

/** The tag of ScopeSpans.spans and ScopeLogs.log_records: field 2, length-delimited. */
export const itemTag = 18

/** A part of the body: `from` is the position of its first byte, `end` the position after its last. */
export interface ByteRange {
  readonly from: number
  readonly end: number
}

/** The contents of an item and of the two messages around it, and the tag of the field that holds its scope. */
export interface ItemRanges {
  readonly outer: ByteRange
  readonly middle: ByteRange
  readonly item: ByteRange
  readonly scopeTag: number
}

/** Writes a request that holds only this item: its own bytes, and all other fields of the two messages around it. */
export function wrapItem(body: Uint8Array, ranges: ItemRanges): Uint8Array {
  const item = delimited(itemTag, [body.subarray(ranges.item.from, ranges.item.end)])
  const middle = delimited(ranges.scopeTag, [...without(body, ranges.middle, [itemTag]), item])
  return delimited(resourceTag, [...without(body, ranges.outer, [scopeTag, scopeTagBefore015]), middle])
}

/** Finds the item with this index, counted as `decodeProtobuf` counts; undefined where there are fewer. */
export function findItem(body: Uint8Array, index: number): ItemRanges | undefined {
  let left = index
  for (const outer of fieldsWithTag(body, { from: 0, end: body.length }, resourceTag)) {
    const scopes = fieldsWithTag(body, outer, scopeTag)
    const tag = scopes.length > 0 ? scopeTag : scopeTagBefore015
    for (const middle of scopes.length > 0 ? scopes : fieldsWithTag(body, outer, scopeTagBefore015)) {
      const items = fieldsWithTag(body, middle, itemTag)
      const item = items[left]
      if (item) return { outer, middle, item, scopeTag: tag }
      left -= items.length
    }
  }
  return undefined
}

function fieldsWithTag(body: Uint8Array, message: ByteRange, tag: number): ByteRange[] {
  return fields(body, message).filter((field) => field.tag === tag)
}

function without(body: Uint8Array, message: ByteRange, tags: readonly number[]): Uint8Array[] {
  return fields(body, message)
    .filter((field) => !tags.includes(field.tag))
    .map((field) => body.subarray(field.start, field.end))
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

function varint(value: number): Uint8Array {
  const bytes = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Uint8Array.of(...bytes, rest)
}
