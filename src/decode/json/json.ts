import { Malformed } from '../../errors.ts'
import {
  countParts,
  type DecodeState,
  decoded,
  type Fault,
  newDecodeState,
  partsOfEnclosure,
  partsOfItem,
} from '../decode-state.ts'
import type { Decoded, Resource, Scope, Signal, SingleRequest } from '../span.ts'
import { addRecord, addSpan, blankRecord, blankSpan } from '../validate.ts'
import { itemsOf, type JsonItem, singleJsonRequests } from './json-extract.ts'
import { objectOf } from './json-fields.ts'
import { fillRecord, fillSpan, readResource, readScope } from './json-items.ts'
import { parseBody } from './json-text.ts'

/** Decodes an ExportTraceServiceRequest or ExportLogsServiceRequest in OTLP's JSON. */
export function decodeJson(signal: Signal, body: Uint8Array): Decoded {
  return decodeJsonItems(signal, itemsOf(signal, parseBody(body)))
}

/** Decodes items of a request that is parsed already. */
export function decodeJsonItems(signal: Signal, items: Iterable<JsonItem>): Decoded {
  const state = newDecodeState(signal)
  const decodeItem = signal === 'traces' ? decodeSpan : decodeRecord
  const requestOf = singleJsonRequests(signal)
  let last: JsonItem | undefined
  let resource: Resource | undefined
  let scope: Scope | undefined
  for (const json of items) {
    if (resource === undefined || json.outer !== last?.outer) {
      countParts(state, partsOfEnclosure)
      resource = readResource(json.outer, state)
    }
    if (scope === undefined || json.middle !== last?.middle) {
      countParts(state, partsOfEnclosure)
      scope = readScope(json.middle, state)
    }
    last = json
    countParts(state, partsOfItem)
    decodeItem(state, json.item, { resource, scope, request: () => requestOf(json) })
    state.next++
  }
  return decoded(state)
}

/** What is around an item. */
interface Around {
  readonly resource: Resource
  readonly scope: Scope
  readonly request: () => SingleRequest
}

function decodeSpan(state: DecodeState, item: unknown, { resource, scope, request }: Around): void {
  const span = blankSpan(state.next, resource, scope)
  const fault = faultOfTypes(() => fillSpan(span, objectOf(item, 'a span') ?? {}, state))
  addSpan(state, span, fault, request)
}

function decodeRecord(state: DecodeState, item: unknown, { resource, scope, request }: Around): void {
  const record = blankRecord(state.next, resource, scope)
  const fault = faultOfTypes(() => fillRecord(record, objectOf(item, 'a log record') ?? {}, state))
  addRecord(state, record, fault, request)
}

/** Turns a wrong JSON type inside an item into a fault of that item alone (R79). */
function faultOfTypes(fill: () => void): Fault | undefined {
  try {
    fill()
    return undefined
  } catch (error) {
    if (error instanceof Malformed) return { reason: 'wrong-type', message: error.message }
    throw error
  }
}
