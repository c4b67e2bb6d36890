import { Malformed } from '../../errors.ts'
import {
  countParts,
  type DecodeState,
  type Fault,
  newDecodeState,
  partsOfEnclosure,
  partsOfItem,
  requestWithoutBytes,
  restOf,
  TooMuchInItem,
  tooMuchInItem,
} from '../decode-state.ts'
import type { DecodedRest, ItemSink, Resource, Scope, Signal, SingleRequest } from '../span.ts'
import { addRecord, addSpan, blankRecord, blankSpan } from '../validate.ts'
import { itemsOf, type JsonItem, singleJsonRequests } from './json-extract.ts'
import { objectOf } from './json-fields.ts'
import { fillRecord, fillSpan, readRecordIdentity, readResource, readScope, readSpanIdentity } from './json-items.ts'
import { limitBrackets, parseBody } from './json-text.ts'

/** Decodes an ExportTraceServiceRequest or ExportLogsServiceRequest in OTLP's JSON. */
export function decodeJson(sink: ItemSink, signal: Signal, body: Uint8Array): DecodedRest {
  limitBrackets(body)
  return decodeJsonItems(sink, signal, itemsOf(signal, parseBody(body)))
}

/** Decodes items of a request that is parsed already. */
export function decodeJsonItems(sink: ItemSink, signal: Signal, items: Iterable<JsonItem>): DecodedRest {
  const state = newDecodeState(signal, sink)
  const decodeItem = signal === 'traces' ? decodeSpan : decodeRecord
  const requestOf = singleJsonRequests(signal)
  let last: JsonItem | undefined
  let around: Around | undefined
  for (const json of items) {
    around = aroundOf(json, last, around, state)
    last = json
    countParts(state, partsOfItem)
    state.weight = 0
    decodeItem(state, json, around, () => requestOf(json))
    state.next++
  }
  return restOf(state)
}

/** What is around an item; a fault of the resource or scope is one of all of its items. */
interface Around {
  readonly resource: Level<Resource>
  readonly scope: Level<Scope>
}

/** A resource or scope. */
interface Level<Group> {
  readonly group: Group
  readonly fault: Fault | undefined
}

/** Reads what is around an item, unless it is what was around the last one. */
function aroundOf(json: JsonItem, last: JsonItem | undefined, known: Around | undefined, state: DecodeState): Around {
  const resource =
    known !== undefined && json.outer === last?.outer
      ? known.resource
      : levelOf(state, blankResource, () => readResource(json.outer, state))
  const scope =
    known !== undefined && json.middle === last?.middle
      ? known.scope
      : levelOf(state, blankScope, () => readScope(json.middle, state))
  return known?.resource === resource && known.scope === scope ? known : { resource, scope }
}

const blankResource: Resource = { attributes: new Map(), schemaUrl: '' }
const blankScope: Scope = { ...blankResource, name: '', version: '' }

function levelOf<Group>(state: DecodeState, blank: Group, read: () => Group): Level<Group> {
  countParts(state, partsOfEnclosure)
  state.weight = 0
  try {
    return { group: read(), fault: undefined }
  } catch (error) {
    if (error instanceof TooMuchInItem) return { group: blank, fault: tooMuchInItem }
    throw error
  }
}

type DecodeItem = (state: DecodeState, json: JsonItem, around: Around, request: () => SingleRequest) => void

const decodeSpan: DecodeItem = (state, { item, fault: known }, { resource, scope }, request) => {
  let span = blankSpan(state.next, resource.group, scope.group)
  let fault = known ?? resource.fault ?? scope.fault
  try {
    if (fault === undefined) fillSpan(span, objectOf(item, 'a span') ?? {}, state)
  } catch (error) {
    fault = faultOf(error)
  }
  if (fault !== tooMuchInItem) return addSpan(state, span, fault, request)
  // what was read of its attributes is dropped
  span = blankSpan(state.next, resource.group, scope.group)
  readIfTyped(() => readSpanIdentity(span, objectOf(item, 'a span') ?? {}))
  addSpan(state, span, fault, () => requestWithoutBytes('traces', span.traceId, span.spanId, span.name))
}

const decodeRecord: DecodeItem = (state, { item, fault: known }, { resource, scope }, request) => {
  let record = blankRecord(state.next, resource.group, scope.group)
  let fault = known ?? resource.fault ?? scope.fault
  try {
    if (fault === undefined) fillRecord(record, objectOf(item, 'a log record') ?? {}, state)
  } catch (error) {
    fault = faultOf(error)
  }
  if (fault !== tooMuchInItem) return addRecord(state, record, fault, request)
  record = blankRecord(state.next, resource.group, scope.group)
  readIfTyped(() => readRecordIdentity(record, objectOf(item, 'a log record') ?? {}))
  addRecord(state, record, fault, () => requestWithoutBytes('logs', record.traceId, record.spanId, record.eventName))
}

/** Turns a wrong JSON type inside an item (R79), and more than it may hold (R106), into a fault of that item alone. */
function faultOf(error: unknown): Fault {
  if (error instanceof TooMuchInItem) return tooMuchInItem
  if (error instanceof Malformed) return { reason: 'wrong-type', message: error.message }
  throw error
}

/** Reads what names an item that has a fault already, up to a member of a wrong type. */
function readIfTyped(read: () => void): void {
  try {
    read()
  } catch (error) {
    faultOf(error)
  }
}
