import { Malformed } from '../../errors.ts'
import { countParts, type DecodeState, decoded, type Fault, newDecodeState, partsOfItem } from '../decode-state.ts'
import type { Decoded, Resource, Scope, Signal } from '../span.ts'
import { addRecord, addSpan, blankRecord, blankSpan } from '../validate.ts'
import { itemsOf, type JsonItem, wrapJsonItem } from './json-extract.ts'
import { objectOf } from './json-fields.ts'
import { fillRecord, fillSpan, readResource, readScope } from './json-items.ts'
import { parseBody } from './json-text.ts'

/** Decodes an ExportTraceServiceRequest or ExportLogsServiceRequest in OTLP's JSON. */
export function decodeJson(signal: Signal, body: Uint8Array): Decoded {
  const state = newDecodeState(signal, 'json')
  const decodeItem = signal === 'traces' ? decodeSpan : decodeRecord
  let last: JsonItem | undefined
  let resource: Resource | undefined
  let scope: Scope | undefined
  for (const json of itemsOf(signal, parseBody(body))) {
    if (resource === undefined || json.outer !== last?.outer) resource = readResource(json.outer, state)
    if (scope === undefined || json.middle !== last?.middle) scope = readScope(json.middle, state)
    last = json
    countParts(state, partsOfItem)
    decodeItem(state, json, resource, scope)
    state.next++
  }
  return decoded(state)
}

function decodeSpan(state: DecodeState, json: JsonItem, resource: Resource, scope: Scope): void {
  const span = blankSpan(state.next, resource, scope)
  const fault = faultOfTypes(() => fillSpan(span, objectOf(json.item, 'a span') ?? {}, state))
  addSpan(state, span, fault, () => wrapJsonItem(state.signal, json))
}

function decodeRecord(state: DecodeState, json: JsonItem, resource: Resource, scope: Scope): void {
  const record = blankRecord(state.next, resource, scope)
  const fault = faultOfTypes(() => fillRecord(record, objectOf(json.item, 'a log record') ?? {}, state))
  addRecord(state, record, fault, () => wrapJsonItem(state.signal, json))
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
