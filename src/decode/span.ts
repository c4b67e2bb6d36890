import type { Format, Signal } from '../accept/answers/receipt.ts'

export type { Format, Signal }

/**
 * One attribute value of OTLP. An integer is a number up to 2^53 and a bigint beyond; a kvlist is a Map, so that no key
 * (`__proto__`) has a meaning for JavaScript; an empty value is null. Arrays and maps are nested at most 64 deep; a deeper
 * one is replaced by the text '[nested too deep]'.
 * Source: opentelemetry/proto/common/v1/common.proto, AnyValue.
 */
export type AnyValue = string | number | bigint | boolean | null | Uint8Array | AnyValue[] | Attributes

/** Attributes in the order of arrival. Of a repeated key the last value stays (R96); an empty key is dropped (R97). */
export type Attributes = Map<string, AnyValue>

/** The resource of a ResourceSpans or ResourceLogs: one object, shared by all its spans or records. */
export interface Resource {
  readonly attributes: Attributes
  readonly schemaUrl: string
}

/** The scope of a ScopeSpans or ScopeLogs: one object, shared by all its spans or records. */
export interface Scope {
  readonly name: string
  readonly version: string
  readonly attributes: Attributes
  readonly schemaUrl: string
}

/** A timed event of a span. */
export interface SpanEvent {
  readonly timeUnixNano: bigint
  readonly name: string
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
}

/** A link from a span to another one. Ids as in Span. */
export interface SpanLink {
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
  readonly flags: number
}

/**
 * A span of OTLP, from any encoding. Ids are lower-case hex (32 and 16 digits), never all zeros; `parentSpanId` is ''
 * for a root. Times are nanoseconds since 1970, at most 2^63 − 1, 0 where absent.
 * Source: opentelemetry/proto/trace/v1/trace.proto, Span.
 */
export interface Span {
  /** The position among the spans of the request, from 0: `singleRequests` takes it. It is no part of the content. */
  readonly index: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly traceState: string
  /** 32 bits, unsigned: 0–7 W3C trace flags, 8 whether bit 9 is known, 9 whether the parent is remote (R91). 0 where absent. */
  readonly flags: number
  readonly name: string
  /** SpanKind as a number: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer; others as sent. */
  readonly kind: number
  readonly startTimeUnixNano: bigint
  readonly endTimeUnixNano: bigint
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
  readonly events: readonly SpanEvent[]
  readonly droppedEventsCount: number
  readonly links: readonly SpanLink[]
  readonly droppedLinksCount: number
  /** 0 unset, 1 ok, 2 error; others as sent. */
  readonly status: { readonly code: number; readonly message: string }
  readonly resource: Resource
  readonly scope: Scope
}

/**
 * A log record of OTLP, from any encoding. `traceId` and `spanId` are '' where absent. Times as in Span.
 * Source: opentelemetry/proto/logs/v1/logs.proto, LogRecord.
 */
export interface LogRecord {
  /** The position among the records of the request, from 0. It is no part of the content. */
  readonly index: number
  readonly traceId: string
  readonly spanId: string
  readonly flags: number
  readonly timeUnixNano: bigint
  readonly observedTimeUnixNano: bigint
  readonly severityNumber: number
  readonly severityText: string
  readonly eventName: string
  readonly body: AnyValue
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
  readonly resource: Resource
  readonly scope: Scope
}

/**
 * An OTLP request that holds only one item of another request, with its resource and scope, so that the item can be looked
 * at and sent again. The functions put the request together on each call, and hold the original body in memory.
 */
export interface SingleRequest {
  readonly format: Format
  /** Returns the length of `bytes`; infinite: they can not be had, and the item is kept without them. */
  readonly length: () => number
  /** Returns a hash that is equal for equal items with equal resources and scopes. It costs no copy of these. */
  readonly digest: () => string
  readonly bytes: () => Uint8Array
}

/**
 * A span or record that is refused while its neighbours are accepted, because its ids are invalid or a time is out of
 * range. The ids are as sent, hex or not, cut to 128 characters.
 */
export interface Refused {
  readonly signal: Signal
  readonly traceId: string
  readonly spanId: string
  readonly name: string
  /** A slug for counting: `invalid-trace-id`. */
  readonly reason: string
  /** One English sentence for the sender. */
  readonly message: string
  readonly request: SingleRequest
}

/** Takes spans and log records, each as soon as it is decoded, in their order. */
export interface ItemSink {
  readonly span: (span: Span) => void
  readonly record: (record: LogRecord) => void
}

/** What a sink does not get. `warnings` are English sentences for the operator's log; they are no part of the answer. */
export interface DecodedRest {
  readonly refused: readonly Refused[]
  readonly warnings: readonly string[]
}

/** The content of one request. */
export interface Decoded extends DecodedRest {
  readonly spans: readonly Span[]
  readonly records: readonly LogRecord[]
}
