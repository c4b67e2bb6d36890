import {
  countObject,
  type DecodeState,
  type Draft,
  type Fault,
  newDecodeState,
  requestWithoutBytes,
  restOf,
  TooMuchInItem,
  tooMuchInItem,
} from '../decode-state.ts'
import { singleJsonRequest } from '../json-request.ts'
import type { DecodedRest, ItemSink, LogRecord, Resource, Scope, Signal, Span, SpanEvent, SpanLink } from '../span.ts'
import { addRecord, addSpan, blankRecord, blankSpan } from '../validate.ts'
import type { SdkEvent, SdkLink, SdkRecord, SdkResource, SdkScope, SdkSpan } from './sdk-types.ts'
import { readSdkAttributes, readSdkValue, sdkCount, sdkEnum, sdkNanos, sdkText } from './sdk-values.ts'

/**
 * Decodes the SDK's own objects as if they had been sent by OTLP: a span has the same canonical digest either way (E34).
 * The objects are not changed (E9). A fault of one of them, such as an id, a time or a getter that throws, refuses only
 * that one (E36).
 */
export function decodeSdkSpans(sink: ItemSink, spans: readonly SdkSpan[]): DecodedRest {
  return decodeEach(sink, 'traces', spans, (sdk, state) => {
    const span = blankSpan(state.next, noResource, noScope)
    const fault = faultOf(() => fillSpan(span, sdk, state))
    const { traceId, spanId, name } = span
    const written = () => singleJsonRequest('traces', span)
    const withoutBytes = () => requestWithoutBytes('traces', traceId, spanId, name)
    addSpan(state, span, fault, fault === tooMuchInItem ? withoutBytes : written)
  })
}

/** Decodes the SDK's log records in the same way. */
export function decodeSdkRecords(sink: ItemSink, records: readonly SdkRecord[]): DecodedRest {
  return decodeEach(sink, 'logs', records, (sdk, state) => {
    const record = blankRecord(state.next, noResource, noScope)
    const fault = faultOf(() => fillRecord(record, sdk, state))
    const { traceId, spanId, eventName } = record
    const written = () => singleJsonRequest('logs', record)
    const withoutBytes = () => requestWithoutBytes('logs', traceId, spanId, eventName)
    addRecord(state, record, fault, fault === tooMuchInItem ? withoutBytes : written)
  })
}

function decodeEach<Item>(
  sink: ItemSink,
  signal: Signal,
  items: readonly Item[],
  read: (item: Item, state: DecodeState) => void,
): DecodedRest {
  const state = newDecodeState(signal, sink)
  for (const item of items) {
    // both limits hold for each item: one that holds too much is refused alone
    state.parts = 0
    state.weight = 0
    read(item, state)
    state.next++
  }
  return restOf(state)
}

const noResource: Resource = { attributes: new Map(), schemaUrl: '' }
const noScope: Scope = { name: '', version: '', attributes: new Map(), schemaUrl: '' }

/**
 * The fault of an object whose reading throws; the fields that were read before stay. The error of an app's own code may
 * contain anything, a prompt too, so its message isn't used.
 */
function faultOf(fill: () => void): Fault | undefined {
  try {
    fill()
    return undefined
  } catch (error) {
    return error instanceof TooMuchInItem ? tooMuchInItem : unreadable
  }
}

const unreadable: Fault = {
  reason: 'unreadable',
  message: 'A field of it can not be read: it threw an error, or is not of the type that the SDK gives it.',
}

function fillSpan(span: Draft<Span>, sdk: SdkSpan, state: DecodeState): void {
  const context = sdk.spanContext()
  const parent = sdk.parentSpanContext
  span.traceId = idOf(context.traceId)
  span.spanId = idOf(context.spanId)
  span.name = sdkText(sdk.name)
  span.resource = resourceOf(sdk.resource, state)
  span.scope = scopeOf(sdk, state)
  span.parentSpanId = idOf(parent?.spanId ?? sdk.parentSpanId)
  span.traceState = sdkText(context.traceState?.serialize())
  span.flags = flagsOf(sdk, context.traceFlags, parent?.isRemote)
  // The API numbers the kinds from 0, without OTLP's "unspecified".
  span.kind = sdk.kind === undefined || sdk.kind === null ? 0 : sdkEnum(sdk.kind + 1)
  span.startTimeUnixNano = sdkNanos(sdk.startTime)
  span.endTimeUnixNano = sdkNanos(sdk.endTime)
  span.status = { code: sdkEnum(sdk.status.code), message: sdkText(sdk.status.message) }
  readSdkAttributes(sdk.attributes, state, span.attributes, 0)
  span.droppedAttributesCount = sdkCount(sdk.droppedAttributesCount)
  span.events = sdk.events.map((event) => readEvent(event, state))
  span.droppedEventsCount = sdkCount(sdk.droppedEventsCount)
  span.links = sdk.links.map((link) => ({
    ...readLink(link, state),
    flags: flagsOf(sdk, link.context.traceFlags, link.context.isRemote),
  }))
  span.droppedLinksCount = sdkCount(sdk.droppedLinksCount)
}

function fillRecord(record: Draft<LogRecord>, sdk: SdkRecord, state: DecodeState): void {
  record.traceId = idOf(sdk.spanContext?.traceId)
  record.spanId = idOf(sdk.spanContext?.spanId)
  record.flags = sdkCount(sdk.spanContext?.traceFlags)
  record.eventName = sdkText(sdk.eventName)
  record.resource = resourceOf(sdk.resource, state)
  record.scope = scopeOf(sdk, state)
  record.timeUnixNano = sdkNanos(sdk.hrTime)
  record.observedTimeUnixNano = sdkNanos(sdk.hrTimeObserved)
  record.severityNumber = sdkEnum(sdk.severityNumber)
  record.severityText = sdkText(sdk.severityText)
  record.body = readSdkValue(sdk.body, state, 0)
  readSdkAttributes(sdk.attributes, state, record.attributes, 0)
  record.droppedAttributesCount = sdkCount(sdk.droppedAttributesCount)
}

function readEvent(event: SdkEvent, state: DecodeState): SpanEvent {
  countObject(state)
  const attributes = new Map()
  readSdkAttributes(event.attributes, state, attributes, 0)
  return {
    timeUnixNano: sdkNanos(event.time),
    name: sdkText(event.name),
    attributes,
    droppedAttributesCount: sdkCount(event.droppedAttributesCount),
  }
}

function readLink(
  { context, attributes: sdkAttributes, droppedAttributesCount }: SdkLink,
  state: DecodeState,
): Omit<SpanLink, 'flags'> {
  countObject(state)
  const attributes = new Map()
  readSdkAttributes(sdkAttributes, state, attributes, 0)
  return {
    traceId: idOf(context.traceId),
    spanId: idOf(context.spanId),
    traceState: sdkText(context.traceState?.serialize()),
    attributes,
    droppedAttributesCount: sdkCount(droppedAttributesCount),
  }
}

/**
 * The flags of a span or link: bit 8 says that bit 9 is known, bit 9 that the context is of another process. Before 2.0
 * the SDK knew only the id of a parent, and its exporters wrote no flags. Source: trace.proto, SpanFlags.
 */
function flagsOf({ instrumentationScope }: SdkSpan, traceFlags: number, isRemote: boolean | undefined): number {
  if (instrumentationScope === undefined) return 0
  return (traceFlags & 0xff) | 0x100 | (isRemote ? 0x200 : 0)
}

function idOf(id: string | undefined): string {
  return (id ?? '').toLowerCase()
}

// Many spans share a resource and a scope. Each is read once, so that its digest is computed once.
const resources = new WeakMap<SdkResource, Resource>()
const scopes = new WeakMap<SdkScope, Scope>()

function resourceOf(sdk: SdkResource, state: DecodeState): Resource {
  const known = resources.get(sdk)
  if (known !== undefined) return known
  const resource = { attributes: new Map(), schemaUrl: sdkText(sdk.schemaUrl) }
  readSdkAttributes(sdk.attributes, state, resource.attributes, 0)
  if (!sdk.asyncAttributesPending) resources.set(sdk, resource)
  return resource
}

function scopeOf(
  { instrumentationScope, instrumentationLibrary }: Pick<SdkSpan, 'instrumentationScope' | 'instrumentationLibrary'>,
  state: DecodeState,
): Scope {
  const sdk = instrumentationScope ?? instrumentationLibrary ?? unnamed
  const known = scopes.get(sdk)
  if (known !== undefined) return known
  const attributes = new Map()
  readSdkAttributes(sdk.attributes, state, attributes, 0)
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
