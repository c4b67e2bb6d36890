import {
  countParts,
  type DecodeState,
  type Draft,
  type Fault,
  newDecodeState,
  partsOfEnclosure,
  partsOfItem,
  restOf,
  TooMuchInItem,
  tooMuchInItem,
} from '../decode-state.ts'
import type { DecodedRest, ItemSink, Resource, Scope, Signal } from '../span.ts'
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

/**
 * Decodes an ExportTraceServiceRequest or ExportLogsServiceRequest: both have the same three levels, fields 1, 2 and 2. What
 * is around items may follow them, so a message around items is read twice: first all of it but the items.
 */
export function decodeProtobuf(sink: ItemSink, signal: Signal, body: Uint8Array): DecodedRest {
  const state = newDecodeState(signal, sink)
  const reader = new Reader(body)
  while (reader.at < body.length) {
    const tag = reader.tag()
    if (tag === resourceTag) readResourceItems(reader, state)
    else reader.skip(tag)
  }
  return restOf(state)
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

function readResourceItems(reader: Reader, state: DecodeState): void {
  const end = beginEnclosure(reader, state)
  const from = reader.at
  const resource: Draft<Resource> = { attributes: new Map(), schemaUrl: '' }
  let fault: Fault | undefined
  let hasScopes = false
  // 10 resource, 26 schema_url
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10 && fault === undefined)
      fault = readGroup(reader, tag, () => readResource(reader, state, resource.attributes))
    else if (tag === 26) resource.schemaUrl = reader.text()
    else {
      hasScopes ||= tag === scopeTag
      reader.skip(tag)
    }
  }
  reader.close(end)
  const level = {
    outer: new Enclosure(reader.bytes, { from, end }, scopeTags),
    resource,
    // the field of clients before 0.15 has the shape of scope_spans, and counts where there is no scope_spans (R63)
    scopeTag: hasScopes ? scopeTag : scopeTagBefore015,
    fault,
  }
  reader.at = from
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === level.scopeTag) readScopeItems(reader, state, level)
    else reader.skip(tag)
  }
}

function readScopeItems(reader: Reader, state: DecodeState, around: ResourceLevel): void {
  const end = beginEnclosure(reader, state)
  const from = reader.at
  const scope: Draft<Scope> = { name: '', version: '', attributes: new Map(), schemaUrl: '' }
  let { fault } = around
  // 10 scope, 26 schema_url
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10 && fault === undefined) fault = readGroup(reader, tag, () => readScope(reader, state, scope))
    else if (tag === 26) scope.schemaUrl = reader.text()
    else reader.skip(tag)
  }
  reader.close(end)
  const level = { ...around, middle: new Enclosure(reader.bytes, { from, end }, [itemTag]), scope, fault }
  const decodeItem = state.signal === 'traces' ? decodeSpan : decodeRecord
  reader.at = from
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === itemTag) decodeItem(reader, state, level)
    else reader.skip(tag)
  }
}

/** Counts a message around items, and returns where it ends. */
function beginEnclosure(reader: Reader, state: DecodeState): number {
  countParts(state, partsOfEnclosure)
  state.weight = 0
  return reader.end()
}

/** Reads a resource or scope, or a part of it; returns the fault of all of its items where its parts hold too much. */
function readGroup(reader: Reader, tag: number, read: () => void): Fault | undefined {
  const { at } = reader
  try {
    read()
    return undefined
  } catch (error) {
    const fault = faultOf(error)
    reader.at = at
    reader.skip(tag)
    return fault
  }
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
