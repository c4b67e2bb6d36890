import { type Draft, decoded, emptyIntake, type Intake, partsOfItem, refuse, spend } from '../decode-state.ts'
import type { Decoded, Resource, Scope, Signal } from '../span.ts'
import { faultOfRecord, faultOfSpan } from '../validate.ts'
import { enclose, itemTag, type Place, type Range, resourceTag, scopeTag, scopeTagBefore015 } from './protobuf-cut.ts'
import { readRecord, readResource, readScope, readSpan } from './protobuf-items.ts'
import { Reader } from './wire.ts'

// Tags are field number × 8 + wire type; all here are of length-delimited fields, wire type 2.

/** Reads an ExportTraceServiceRequest or ExportLogsServiceRequest: both have the same three levels under 1, 2 and 2. */
export function decodeProtobuf(signal: Signal, body: Uint8Array): Decoded {
  const intake = emptyIntake(signal, 'protobuf')
  const reader = new Reader(body)
  while (reader.at < body.length) {
    const tag = reader.tag()
    if (tag === resourceTag) readResourceItems(reader, intake)
    else reader.skip(tag)
  }
  return decoded(intake)
}

/** The cursor may meet the resource after the spans that hold it: they share the object that is filled here. */
function readResourceItems(reader: Reader, intake: Intake): void {
  const end = reader.end()
  const outer = { from: reader.at, end }
  const resource: Draft<Resource> = { attributes: new Map(), schemaUrl: '' }
  const old: number[] = []
  let scopes = 0
  // 10 resource, 18 scope_spans or scope_logs, 26 schema_url
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10) readResource(reader, intake, resource.attributes)
    else if (tag === scopeTag) {
      scopes++
      readScopeItems(reader, intake, resource, { outer, scopeTag })
    } else if (tag === 26) resource.schemaUrl = reader.text()
    else {
      if (tag === scopeTagBefore015) old.push(reader.at)
      reader.skip(tag)
    }
  }
  reader.close(end)
  if (scopes === 0) for (const at of old) readOldScope(reader, intake, resource, outer, at)
}

/** The field of old clients has the shape of scope_spans under other names, and counts where there is no scope_spans (R63). */
function readOldScope(reader: Reader, intake: Intake, resource: Resource, outer: Range, at: number): void {
  reader.at = at
  readScopeItems(reader, intake, resource, { outer, scopeTag: scopeTagBefore015 })
  reader.at = outer.end
}

function readScopeItems(
  reader: Reader,
  intake: Intake,
  resource: Resource,
  around: Pick<Place, 'outer' | 'scopeTag'>,
): void {
  const end = reader.end()
  const place = { ...around, middle: { from: reader.at, end } }
  const scope: Draft<Scope> = { name: '', version: '', attributes: new Map(), schemaUrl: '' }
  const take = intake.signal === 'traces' ? takeSpan : takeRecord
  // 10 scope, 18 spans or log_records, 26 schema_url
  while (reader.at < end) {
    const tag = reader.tag()
    if (tag === 10) readScope(reader, intake, scope)
    else if (tag === itemTag) take(reader, intake, resource, scope, place)
    else if (tag === 26) scope.schemaUrl = reader.text()
    else reader.skip(tag)
  }
  reader.close(end)
}

type Above = Omit<Place, 'item'>

function takeSpan(reader: Reader, intake: Intake, resource: Resource, scope: Scope, above: Above): void {
  spend(intake, partsOfItem)
  const end = reader.end()
  const from = reader.at
  const span = readSpan(reader, end, intake, resource, scope)
  intake.next++
  const fault = faultOfSpan(intake, span)
  if (fault === undefined) intake.spans.push(span)
  else refuse(intake, span, fault, () => enclose(reader.bytes, { ...above, item: { from, end } }))
}

function takeRecord(reader: Reader, intake: Intake, resource: Resource, scope: Scope, above: Above): void {
  spend(intake, partsOfItem)
  const end = reader.end()
  const from = reader.at
  const record = readRecord(reader, end, intake, resource, scope)
  intake.next++
  const fault = faultOfRecord(intake, record)
  if (fault === undefined) intake.records.push(record)
  else
    refuse(intake, { ...record, name: record.eventName }, fault, () =>
      enclose(reader.bytes, { ...above, item: { from, end } }),
    )
}
