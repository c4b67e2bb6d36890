import { TooLarge } from '../../errors.ts'
import { type Draft, decoded, emptyIntake, type Fault, type Intake, refuse, spend } from '../decode-state.ts'
import { requestOf } from '../request.ts'
import type { Decoded, LogRecord, Resource, Scope, Signal, Span, SpanEvent, SpanLink } from '../span.ts'
import { blankRecord, blankSpan, faultOfRecord, faultOfSpan } from '../validate.ts'
import type { SdkEvent, SdkLink, SdkRecord, SdkResource, SdkScope, SdkSpan } from './sdk-types.ts'
import { readSdkAttributes, readSdkValue, sdkCount, sdkEnum, sdkNanos, sdkText } from './sdk-values.ts'

/**
 * The SDK's own objects become what they would be after a way through OTLP: the same span has the same canonical digest,
 * whichever way it came. They are not changed. What is wrong with one refuses that one: its ids, its times, a getter
 * that throws.
 */
export function decodeSdkSpans(spans: readonly SdkSpan[]): Decoded {
  return decodeEach('traces', spans, (sdk, intake) => {
    const span = blankSpan(intake.next, noResource, noScope)
    const fault = filled(() => fillSpan(span, sdk, intake)) ?? faultOfSpan(intake, span)
    if (fault === undefined) intake.spans.push(span)
    else refuse(intake, span, fault, () => requestOf('traces', span))
  })
}

/** The same for log records. */
export function decodeSdkRecords(records: readonly SdkRecord[]): Decoded {
  return decodeEach('logs', records, (sdk, intake) => {
    const record = blankRecord(intake.next, noResource, noScope)
    const fault = filled(() => fillRecord(record, sdk, intake)) ?? faultOfRecord(intake, record)
    if (fault === undefined) intake.records.push(record)
    else refuse(intake, { ...record, name: record.eventName }, fault, () => requestOf('logs', record))
  })
}

function decodeEach<Item>(signal: Signal, items: readonly Item[], read: (item: Item, intake: Intake) => void): Decoded {
  const intake = emptyIntake(signal, 'json')
  for (const item of items) {
    // one that holds too much is refused for itself
    intake.parts = 0
    read(item, intake)
    intake.next++
  }
  return decoded(intake)
}

const noResource: Resource = { attributes: new Map(), schemaUrl: '' }
const noScope: Scope = { name: '', version: '', attributes: new Map(), schemaUrl: '' }

/**
 * What was thrown while an object of the SDK was read: what is filled by then stays. What an app's own code throws may be
 * anything and say anything, a prompt too: it is not looked at.
 */
function filled(fill: () => void): Fault | undefined {
  try {
    fill()
    return undefined
  } catch (error) {
    return { reason: 'unreadable', message: error instanceof TooLarge ? error.message : notReadable }
  }
}

const notReadable = 'A field of it can not be read: it threw an error, or is not of the type that the SDK gives it.'

function fillSpan(span: Draft<Span>, sdk: SdkSpan, intake: Intake): void {
  const context = sdk.spanContext()
  const parent = sdk.parentSpanContext
  span.traceId = idOf(context.traceId)
  span.spanId = idOf(context.spanId)
  span.name = sdkText(sdk.name)
  span.resource = resourceOf(sdk.resource, intake)
  span.scope = scopeOf(sdk, intake)
  span.parentSpanId = idOf(parent?.spanId ?? sdk.parentSpanId)
  span.traceState = sdkText(context.traceState?.serialize())
  span.flags = flagsOf(sdk, context.traceFlags, parent?.isRemote)
  // the API has no number for "unspecified"
  span.kind = sdk.kind === undefined || sdk.kind === null ? 0 : sdkEnum(sdk.kind + 1)
  span.startTimeUnixNano = sdkNanos(sdk.startTime)
  span.endTimeUnixNano = sdkNanos(sdk.endTime)
  span.status = { code: sdkEnum(sdk.status.code), message: sdkText(sdk.status.message) }
  readSdkAttributes(sdk.attributes, intake, span.attributes, 0)
  span.droppedAttributesCount = sdkCount(sdk.droppedAttributesCount)
  span.events = sdk.events.map((event) => readEvent(event, intake))
  span.droppedEventsCount = sdkCount(sdk.droppedEventsCount)
  span.links = sdk.links.map((link) => ({
    ...readLink(link, intake),
    flags: flagsOf(sdk, link.context.traceFlags, link.context.isRemote),
  }))
  span.droppedLinksCount = sdkCount(sdk.droppedLinksCount)
}

function fillRecord(record: Draft<LogRecord>, sdk: SdkRecord, intake: Intake): void {
  record.traceId = idOf(sdk.spanContext?.traceId)
  record.spanId = idOf(sdk.spanContext?.spanId)
  record.flags = sdkCount(sdk.spanContext?.traceFlags)
  record.eventName = sdkText(sdk.eventName)
  record.resource = resourceOf(sdk.resource, intake)
  record.scope = scopeOf(sdk, intake)
  record.timeUnixNano = sdkNanos(sdk.hrTime)
  record.observedTimeUnixNano = sdkNanos(sdk.hrTimeObserved)
  record.severityNumber = sdkEnum(sdk.severityNumber)
  record.severityText = sdkText(sdk.severityText)
  record.body = readSdkValue(sdk.body, intake, 0)
  readSdkAttributes(sdk.attributes, intake, record.attributes, 0)
  record.droppedAttributesCount = sdkCount(sdk.droppedAttributesCount)
}

function readEvent(event: SdkEvent, intake: Intake): SpanEvent {
  spend(intake, 1)
  const attributes = new Map()
  readSdkAttributes(event.attributes, intake, attributes, 0)
  return {
    timeUnixNano: sdkNanos(event.time),
    name: sdkText(event.name),
    attributes,
    droppedAttributesCount: sdkCount(event.droppedAttributesCount),
  }
}

function readLink(
  { context, attributes: given, droppedAttributesCount }: SdkLink,
  intake: Intake,
): Omit<SpanLink, 'flags'> {
  spend(intake, 1)
  const attributes = new Map()
  readSdkAttributes(given, intake, attributes, 0)
  return {
    traceId: idOf(context.traceId),
    spanId: idOf(context.spanId),
    traceState: sdkText(context.traceState?.serialize()),
    attributes,
    droppedAttributesCount: sdkCount(droppedAttributesCount),
  }
}

/**
 * Bits 8 and 9: it is known whether the context is of another process, and it is. Before 2.0 the SDK knew nothing of its
 * parents but the id, and its exporters wrote no flags. Source: trace.proto, SpanFlags.
 */
function flagsOf({ instrumentationScope }: SdkSpan, traceFlags: number, isRemote: boolean | undefined): number {
  if (instrumentationScope === undefined) return 0
  return (traceFlags & 0xff) | 0x100 | (isRemote ? 0x200 : 0)
}

function idOf(id: string | undefined): string {
  return (id ?? '').toLowerCase()
}

// Many spans share a resource and a scope: each is read once, so that it is hashed once.
const resources = new WeakMap<SdkResource, Resource>()
const scopes = new WeakMap<SdkScope, Scope>()

function resourceOf(sdk: SdkResource, intake: Intake): Resource {
  const known = resources.get(sdk)
  if (known !== undefined) return known
  const resource = { attributes: new Map(), schemaUrl: sdkText(sdk.schemaUrl) }
  readSdkAttributes(sdk.attributes, intake, resource.attributes, 0)
  if (!sdk.asyncAttributesPending) resources.set(sdk, resource)
  return resource
}

function scopeOf(
  { instrumentationScope, instrumentationLibrary }: Pick<SdkSpan, 'instrumentationScope' | 'instrumentationLibrary'>,
  intake: Intake,
): Scope {
  const sdk = instrumentationScope ?? instrumentationLibrary ?? unnamed
  const known = scopes.get(sdk)
  if (known !== undefined) return known
  const attributes = new Map()
  readSdkAttributes(sdk.attributes, intake, attributes, 0)
  const scope = {
    name: sdkText(sdk.name),
    version: sdkText(sdk.version),
    attributes,
    schemaUrl: sdkText(sdk.schemaUrl),
  }
  scopes.set(sdk, scope)
  return scope
}

const unnamed: SdkScope = { name: '' }
