/** Attributes of an SDK. A value is one that OTLP has, or any other that the app has set. */
export type SdkAttributes = Readonly<Record<string, unknown>>

/** A time as seconds since 1970 and nanoseconds; both may have fractions (E33). */
export type SdkTime = readonly [number, number]

/** The parts of a span context that are read. */
export interface SdkContext {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
  readonly isRemote?: boolean | undefined
  readonly traceState?: { serialize(): string } | undefined
}

/** A resource of any version of the SDK. */
export interface SdkResource {
  readonly attributes: SdkAttributes
  readonly schemaUrl?: string | undefined
  readonly asyncAttributesPending?: boolean | undefined
  waitForAsyncAttributes?(): Promise<void>
}

/** The instrumentation that made a span or record. */
export interface SdkScope {
  readonly name: string
  readonly version?: string | undefined
  readonly schemaUrl?: string | undefined
  readonly attributes?: SdkAttributes | undefined
}

/** A `ReadableSpan` of the OpenTelemetry SDK for JavaScript, 1.x, 2.x or 3.x. */
export interface SdkSpan {
  readonly name: string
  readonly kind: number
  spanContext(): SdkContext
  /** From 2.0 on. */
  readonly parentSpanContext?: SdkContext | undefined
  /** Before 2.0. */
  readonly parentSpanId?: string | undefined
  readonly startTime: SdkTime
  /** [0, 0] while it is open. */
  readonly endTime: SdkTime
  readonly status: { readonly code: number; readonly message?: string | undefined }
  readonly attributes: SdkAttributes
  readonly links: readonly SdkLink[]
  readonly events: readonly SdkEvent[]
  readonly resource: SdkResource
  /** From 2.0 on. */
  readonly instrumentationScope?: SdkScope
  /** Before 2.0. */
  readonly instrumentationLibrary?: SdkScope
  readonly droppedAttributesCount: number
  readonly droppedEventsCount: number
  readonly droppedLinksCount: number
}

/** An event of a `ReadableSpan`. */
export interface SdkEvent {
  readonly time: SdkTime
  readonly name: string
  readonly attributes?: SdkAttributes | undefined
  readonly droppedAttributesCount?: number | undefined
}

/** A link of a `ReadableSpan`. */
export interface SdkLink {
  readonly context: SdkContext
  readonly attributes?: SdkAttributes | undefined
  readonly droppedAttributesCount?: number | undefined
}

/** A `ReadableLogRecord` of the OpenTelemetry SDK for JavaScript. */
export interface SdkRecord {
  readonly hrTime: SdkTime
  readonly hrTimeObserved: SdkTime
  readonly spanContext?: SdkContext | undefined
  readonly severityText?: string | undefined
  readonly severityNumber?: number | undefined
  readonly body?: unknown
  readonly eventName?: string | undefined
  readonly resource: SdkResource
  readonly instrumentationScope: SdkScope
  readonly attributes: SdkAttributes
  readonly droppedAttributesCount: number
}
