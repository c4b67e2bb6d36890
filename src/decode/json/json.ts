import { Malformed } from '../../errors.ts'
import { decoded, emptyIntake, type Fault, type Intake, partsOfItem, refuse, spend } from '../decode-state.ts'
import type { Decoded, Resource, Scope, Signal } from '../span.ts'
import { blankRecord, blankSpan, faultOfRecord, faultOfSpan } from '../validate.ts'
import { encloseJson, type JsonPlace, placesOf } from './json-cut.ts'
import { objectOf } from './json-fields.ts'
import { fillRecord, fillSpan, readResource, readScope } from './json-items.ts'
import { parseJson } from './json-text.ts'

/** Reads an ExportTraceServiceRequest or ExportLogsServiceRequest in OTLP's JSON. */
export function decodeJson(signal: Signal, body: Uint8Array): Decoded {
  const intake = emptyIntake(signal, 'json')
  const take = signal === 'traces' ? takeSpan : takeRecord
  let last: JsonPlace | undefined
  let resource: Resource | undefined
  let scope: Scope | undefined
  for (const place of placesOf(signal, parseJson(body))) {
    if (resource === undefined || place.outer !== last?.outer) resource = readResource(place.outer, intake)
    if (scope === undefined || place.middle !== last?.middle) scope = readScope(place.middle, intake)
    last = place
    spend(intake, partsOfItem)
    take(intake, place, resource, scope)
    intake.next++
  }
  return decoded(intake)
}

function takeSpan(intake: Intake, place: JsonPlace, resource: Resource, scope: Scope): void {
  const span = blankSpan(intake.next, resource, scope)
  const fault =
    faultOfTypes(() => fillSpan(span, objectOf(place.item, 'a span') ?? {}, intake)) ?? faultOfSpan(intake, span)
  if (fault === undefined) intake.spans.push(span)
  else refuse(intake, span, fault, () => encloseJson(intake.signal, place))
}

function takeRecord(intake: Intake, place: JsonPlace, resource: Resource, scope: Scope): void {
  const record = blankRecord(intake.next, resource, scope)
  const fault =
    faultOfTypes(() => fillRecord(record, objectOf(place.item, 'a log record') ?? {}, intake)) ??
    faultOfRecord(intake, record)
  if (fault === undefined) intake.records.push(record)
  else refuse(intake, { ...record, name: record.eventName }, fault, () => encloseJson(intake.signal, place))
}

/** A wrong type inside an item is that item's fault alone (R79). */
function faultOfTypes(fill: () => void): Fault | undefined {
  try {
    fill()
    return undefined
  } catch (error) {
    if (error instanceof Malformed) return { reason: 'wrong-type', message: error.message }
    throw error
  }
}
