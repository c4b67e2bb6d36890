import {
  countParts,
  type DecodeState,
  type Draft,
  decoded,
  newDecodeState,
  partsOfEnclosure,
  partsOfItem,
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
import { fillRecord, fillSpan, readResource, readScope } from './protobuf-items.ts'
import { Reader } from './wire.ts'

// Tags are field number × 8 + wire type; all here are of length-delimited fields, wire type 2.

/** Decodes an ExportTraceServiceRequest or ExportLogsServiceRequest: both have the same three levels, fields 1, 2 and 2. */
export function decodeProtobuf(signal: Signal, body: Uint8Array): Decoded {
  const state = newDecodeState(signal)
  const reader = new Reader(body)
  while (reader.at < body.length) {
    const tag = reader.tag()
    if (tag === resourceTag) readResourceItems(reader, state)
    else reader.skip(tag)
  }
  return decoded(state)
}

/** The ResourceSpans or ResourceLogs around a scope, its resource, and the tag of its field of scopes. */
interface ResourceLevel {
  readonly outer: Enclosure
  readonly resource: Resource
  readonly scopeTag: number
}

/** The ScopeSpans or ScopeLogs around an item. */
interface ScopeLevel extends ResourceLevel {
  readonly middle: Enclosure
  readonly scope: Scope
}

/**
 * Reads one ResourceSpans or ResourceLogs. Its resource may follow the spans that belong to it: they share the object
 * that is filled here.
 */
function readResourceItems(reader: Reader, state: DecodeState): void {
  countParts(state, partsOfEnclosure)
  const end = reader.end()
  const resource: Draft<Resource> = { attributes: new Map(), schemaUrl: '' }
  const level = { outer: new Enclosure(reader.bytes, { from: reader.at, end }, scopeTags), resource }
  const oldScopes: number[] = []
  let scopes = 0
  // 10 resource, 18 scope_spans or scope_logs, 26 schema_url
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10) readResource(reader, state, resource.attributes)
    else if (tag === scopeTag) {
      scopes++
      readScopeItems(reader, state, { ...level, scopeTag })
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
    readScopeItems(reader, state, { ...level, scopeTag: scopeTagBefore015 })
  }
  reader.at = end
}

function readScopeItems(reader: Reader, state: DecodeState, around: ResourceLevel): void {
  countParts(state, partsOfEnclosure)
  const end = reader.end()
  const scope: Draft<Scope> = { name: '', version: '', attributes: new Map(), schemaUrl: '' }
  const level = { ...around, middle: new Enclosure(reader.bytes, { from: reader.at, end }, [itemTag]), scope }
  const decodeItem = state.signal === 'traces' ? decodeSpan : decodeRecord
  // 10 scope, 18 spans or log_records, 26 schema_url
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10) readScope(reader, state, scope)
    else if (tag === itemTag) decodeItem(reader, state, level)
    else if (tag === 26) scope.schemaUrl = reader.text()
    else reader.skip(tag)
  }
  reader.close(end)
}

function decodeSpan(reader: Reader, state: DecodeState, level: ScopeLevel): void {
  countParts(state, partsOfItem)
  const end = reader.end()
  const from = reader.at
  const span = blankSpan(state.next++, level.resource, level.scope)
  fillSpan(span, reader, end, state)
  addSpan(state, span, undefined, () => singleProtobufRequest({ ...level, item: reader.bytes.subarray(from, end) }))
}

function decodeRecord(reader: Reader, state: DecodeState, level: ScopeLevel): void {
  countParts(state, partsOfItem)
  const end = reader.end()
  const from = reader.at
  const record = blankRecord(state.next++, level.resource, level.scope)
  fillRecord(record, reader, end, state)
  addRecord(state, record, undefined, () => singleProtobufRequest({ ...level, item: reader.bytes.subarray(from, end) }))
}
