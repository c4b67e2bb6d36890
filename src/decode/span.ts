import type { Format, Signal } from '../accept/answers/receipt.ts'

export type { Format, Signal }

/**
 * One attribute value of OTLP. Integers are numbers while they are safe and bigint beyond 2^53; bytes stay bytes; a
 * kvlist is a Map, so that no key (`__proto__`) means anything to JavaScript; an empty value is null. Arrays and maps are
 * nested at most 64 deep; what was deeper is the text '[nested too deep]'.
 * Source: opentelemetry/proto/common/v1/common.proto, AnyValue.
 */
export type AnyValue = string | number | bigint | boolean | null | Uint8Array | AnyValue[] | Attributes

/** Key → value, in the order of arrival; of a repeated key the last value (R96). Empty keys are dropped (R97). */
export type Attributes = Map<string, AnyValue>

/** One object per ResourceSpans / ResourceLogs, shared by its spans and records. */
export interface Resource {
  readonly attributes: Attributes
  readonly schemaUrl: string
}

/** One object per ScopeSpans / ScopeLogs, shared by its spans and records. */
export interface Scope {
  readonly name: string
  readonly version: string
  readonly attributes: Attributes
  readonly schemaUrl: string
}

export interface SpanEvent {
  readonly timeUnixNano: bigint
  readonly name: string
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
}

export interface SpanLink {
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
  readonly flags: number
}

/**
 * A span as OTLP has it, whichever way it came. Ids are lower-case hex (32 and 16 digits), never all zeros;
 * `parentSpanId` is '' for a root. Times are nanoseconds since 1970, at most 2^63 − 1, 0 where absent.
 * Source: opentelemetry/proto/trace/v1/trace.proto, Span.
 */
export interface Span {
  /** Its position among the spans of its request, from 0: `cutOut` finds its bytes by it. No part of its content. */
  readonly index: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly traceState: string
  /** 32 bits, unsigned: 0–7 W3C trace flags, 8 "is remote" is known, 9 the parent is remote (R91). 0 where absent. */
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
 * A log record as OTLP has it. `traceId` and `spanId` are '' where absent. Times as in Span.
 * Source: opentelemetry/proto/logs/v1/logs.proto, LogRecord.
 */
export interface LogRecord {
  /** Its position among the records of its request, from 0. No part of its content. */
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
 * A span or record that can't be taken while its neighbours can: its ids are invalid, its time is out of range.
 * `bytes` is an OTLP request (protobuf or JSON, as it came) that holds just this one with its resource and scope, so
 * that it can be looked at and sent again. It is put together whenever it is read, and until then keeps the body of the
 * request in memory. The ids are as sent, hex or not, at most 128 characters of them.
 */
export interface Refused {
  readonly signal: Signal
  readonly traceId: string
  readonly spanId: string
  readonly name: string
  /** A slug for counting (`invalid-trace-id`), then one English sentence for the sender. */
  readonly reason: string
  readonly message: string
  readonly format: Format
  readonly bytes: Uint8Array
}

/** What one request holds. `warnings` are English sentences for the operator's log, never answered as errors. */
export interface Decoded {
  readonly spans: readonly Span[]
  readonly records: readonly LogRecord[]
  readonly refused: readonly Refused[]
  readonly warnings: readonly string[]
}
