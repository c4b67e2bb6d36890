import {
  countParts,
  type DecodeState,
  type Draft,
  decoded,
  type Fault,
  markOf,
  newDecodeState,
  partsOfEnclosure,
  partsOfItem,
  returnTo,
  TooMuchInItem,
  tooMuchInItem,
} from '../decode-state.ts'
import type { Decoded, Resource, Scope, Signal } from '../span.ts'
import { addRecord, addSpan, blankRecord, blankSpan } from '../validate.ts'
import {
  Enclosure,
  itemTag,
  resourceTag,
  scopeTag,
  scopeTagBefore015,
  scopeTags,
  singleProtobufRequest,
} from './protobuf-extract.ts'
import {
  fillRecord,
  fillSpan,
  readRecordIdentity,
  readResource,
  readScope,
  readSpanIdentity,
} from './protobuf-items.ts'
import { Reader } from './wire.ts'

// Tags are field number × 8 + wire type; all here are of length-delimited fields, wire type 2.

/** Decodes an ExportTraceServiceRequest or ExportLogsServiceRequest: both have the same three levels, fields 1, 2 and 2. */
export function decodeProtobuf(signal: Signal, body: Uint8Array): Decoded {
  const state = newDecodeState(signal)
  const reader = new Reader(body)
  while (reader.at < body.length) {
    const tag = reader.tag()
    if (tag === resourceTag) readAround(reader, state, undefined, (fault) => readResourceItems(reader, state, fault))
    else reader.skip(tag)
  }
  return decoded(state)
}

/** The ResourceSpans or ResourceLogs around a scope, its resource, and the tag of its field of scopes. */
interface ResourceLevel {
  readonly outer: Enclosure
  readonly resource: Resource
  readonly scopeTag: number
  /** The fault of all of its items, where the resource holds too much. */
  readonly fault: Fault | undefined
}

/** The ScopeSpans or ScopeLogs around an item. */
interface ScopeLevel extends ResourceLevel {
  readonly middle: Enclosure
  readonly scope: Scope
}

/**
 * Reads a message around items. Where its resource or scope holds too much, which may be known only after its items are
 * read, it is read again with that fault, which refuses all of its items.
 */
function readAround(
  reader: Reader,
  state: DecodeState,
  before: Fault | undefined,
  read: (fault: Fault | undefined) => void,
): void {
  const { at } = reader
  const mark = markOf(state)
  try {
    read(before)
  } catch (error) {
    if (!(error instanceof TooMuchInItem)) throw error
    reader.at = at
    returnTo(state, mark)
    read(tooMuchInItem)
  }
}

/**
 * Reads one ResourceSpans or ResourceLogs. Its resource may follow the spans that belong to it: they share the object
 * that is filled here.
 */
function readResourceItems(reader: Reader, state: DecodeState, fault: Fault | undefined): void {
  countParts(state, partsOfEnclosure)
  const end = reader.end()
  const resource: Draft<Resource> = { attributes: new Map(), schemaUrl: '' }
  const outer = new Enclosure(reader.bytes, { from: reader.at, end }, scopeTags)
  const readScopeOf = (scopeTag: number) =>
    readAround(reader, state, fault, (found) =>
      readScopeItems(reader, state, { outer, resource, scopeTag, fault: found }),
    )
  const oldScopes: number[] = []
  let scopes = 0
  let weight = 0
  // 10 resource, 18 scope_spans or scope_logs, 26 schema_url
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10 && fault === undefined)
      weight = weighed(state, weight, () => readResource(reader, state, resource.attributes))
    else if (tag === scopeTag) {
      scopes++
      readScopeOf(scopeTag)
    } else if (tag === 26) resource.schemaUrl = reader.text()
    else {
      if (tag === scopeTagBefore015) oldScopes.push(reader.at)
      reader.skip(tag)
    }
  }
  reader.close(end)
  if (scopes > 0) return
  // The field of clients before 0.15 has the shape of scope_spans, and counts where there is no scope_spans (R63).
  for (const at of oldScopes) {
    reader.at = at
    readScopeOf(scopeTagBefore015)
  }
  reader.at = end
}

function readScopeItems(reader: Reader, state: DecodeState, { outer, resource, scopeTag, fault }: ResourceLevel): void {
  countParts(state, partsOfEnclosure)
  const end = reader.end()
  const scope: Draft<Scope> = { name: '', version: '', attributes: new Map(), schemaUrl: '' }
  const middle = new Enclosure(reader.bytes, { from: reader.at, end }, [itemTag])
  const level = { outer, resource, scopeTag, fault, middle, scope }
  const decodeItem = state.signal === 'traces' ? decodeSpan : decodeRecord
  let weight = 0
  // 10 scope, 18 spans or log_records, 26 schema_url
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10 && fault === undefined) weight = weighed(state, weight, () => readScope(reader, state, scope))
    else if (tag === itemTag) decodeItem(reader, state, level)
    else if (tag === 26) scope.schemaUrl = reader.text()
    else reader.skip(tag)
  }
  reader.close(end)
}

/** Reads a part of a message whose other parts have this weight; returns the weight of all. */
function weighed(state: DecodeState, weight: number, read: () => void): number {
  state.weight = weight
  read()
  return state.weight
}

function decodeSpan(reader: Reader, state: DecodeState, level: ScopeLevel): void {
  const end = beginItem(reader, state)
  const from = reader.at
  const index = state.next++
  let span = blankSpan(index, level.resource, level.scope)
  let { fault } = level
  try {
    if (fault === undefined) fillSpan(span, reader, end, state)
  } catch (error) {
    fault = faultOf(error)
  }
  if (fault !== undefined) {
    // what was read of its attributes is dropped
    span = blankSpan(index, level.resource, level.scope)
    reader.at = from
    readSpanIdentity(span, reader, end)
  }
  addSpan(state, span, fault, () => singleProtobufRequest({ ...level, item: reader.bytes.subarray(from, end) }))
}

function decodeRecord(reader: Reader, state: DecodeState, level: ScopeLevel): void {
  const end = beginItem(reader, state)
  const from = reader.at
  const index = state.next++
  let record = blankRecord(index, level.resource, level.scope)
  let { fault } = level
  try {
    if (fault === undefined) fillRecord(record, reader, end, state)
  } catch (error) {
    fault = faultOf(error)
  }
  if (fault !== undefined) {
    record = blankRecord(index, level.resource, level.scope)
    reader.at = from
    readRecordIdentity(record, reader, end)
  }
  addRecord(state, record, fault, () => singleProtobufRequest({ ...level, item: reader.bytes.subarray(from, end) }))
}

/** Counts a span or record, and returns where it ends. */
function beginItem(reader: Reader, state: DecodeState): number {
  countParts(state, partsOfItem)
  state.weight = 0
  return reader.end()
}

/** Turns more than an item may hold into a fault of that item alone. */
function faultOf(error: unknown): Fault {
  if (error instanceof TooMuchInItem) return tooMuchInItem
  throw error
}
