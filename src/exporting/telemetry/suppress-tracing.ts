import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'

/** The SDK's key for suppression: a symbol made of its text, the same in all versions (E18). */
const suppressTracing = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')
/** A context without a span: work in it may outlive the span that is active now. */
const suppressed = ROOT_CONTEXT.setValue(suppressTracing, true)

/** Runs `work`, and all that it starts, without making spans: these would be exported, for ever (E15). */
export function untraced<T>(work: () => T): T {
  return context.with(suppressed, work)
}

/** Whether tracing is suppressed here. It isn't even within `untraced` where no context manager is registered (E17). */
export function isUntraced(): boolean {
  return context.active().getValue(suppressTracing) === true
}
