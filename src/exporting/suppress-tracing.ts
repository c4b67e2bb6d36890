import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'

/** The SDKs' own key, the same in all versions: a symbol that is known by its text. */
const suppressTracing = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')
/** Of nobody's span: what runs in it may outlive the span that is active now. */
const quiet = ROOT_CONTEXT.setValue(suppressTracing, true)

/** Runs `work`, and all that follows from it, without spans of its own: they would be exported, for ever. */
export function untraced<T>(work: () => T): T {
  return context.with(quiet, work)
}

/** Within `untraced`: whether that holds. Without a context manager it doesn't. */
export function isUntraced(): boolean {
  return context.active().getValue(suppressTracing) === true
}
