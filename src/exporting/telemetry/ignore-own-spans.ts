import type { SdkSpan } from '../../decode/sdk/sdk-types.ts'
import type { DatabaseEndpoint } from '../config/endpoint.ts'
import type { ExporterEvents } from './exporter-events.ts'
import { isUntraced } from './suppress-tracing.ts'

/**
 * Leaves out the spans of the exporter's own queries where they can't be suppressed: in an app without a context manager
 * each export would make the spans of the next one, for ever (E17). The function that is returned must be called within
 * `untraced`.
 */
export function withoutOwnSpans(
  events: ExporterEvents,
  endpoint: DatabaseEndpoint | undefined,
): (spans: readonly SdkSpan[]) => readonly SdkSpan[] {
  if (endpoint === undefined) return (spans) => spans
  const isOwn = (span: SdkSpan) => instrumentations[scopeOf(span)]?.(span, endpoint) ?? false
  return (spans) => {
    if (isUntraced() || !spans.some(isOwn)) return spans
    events.warning(
      "no context manager is registered, so tracing can not be suppressed: spans of pg, net and dns that may be the exporter's own are left out",
    )
    return spans.filter((span) => !isOwn(span))
  }
}

/** By scope, the instrumentations that trace queries, and which of their spans are about this database. */
const instrumentations: Readonly<Record<string, (span: SdkSpan, endpoint: DatabaseEndpoint) => boolean>> = {
  '@opentelemetry/instrumentation-pg': (span, endpoint) =>
    isPeer(span, endpoint) && says(span, ['db.namespace', 'db.name'], endpoint.database || undefined),
  '@opentelemetry/instrumentation-net': isPeer,
  // These spans don't say which name is looked up.
  '@opentelemetry/instrumentation-dns': () => true,
}

function isPeer(span: SdkSpan, { host, port }: DatabaseEndpoint): boolean {
  return says(span, ['server.address', 'net.peer.name'], host) && says(span, ['server.port', 'net.peer.port'], port)
}

/** Whether one of these attributes, stable or older, has the value; undefined: any. */
function says(span: SdkSpan, keys: readonly string[], value: string | number | undefined): boolean {
  return value === undefined || keys.some((key) => String(span.attributes?.[key]) === String(value))
}

function scopeOf(span: SdkSpan): string {
  return (span.instrumentationScope ?? span.instrumentationLibrary)?.name ?? ''
}
