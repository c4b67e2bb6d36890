import { Misdirected } from '../answers/answers.ts'
import type { Signal } from '../answers/receipt.ts'

/** What a URL is for: a signal's export, or one of the two probes. */
export type Target = Signal | 'metrics' | 'healthz' | 'readyz'

/**
 * The target of a method and a URL. A path matches as a whole and exactly, its query is ignored; nothing is ever
 * redirected, because senders take a redirect for success or follow it without their data (R5). Throws Misdirected.
 */
export function targetOf(method: string, url: string): Target {
  const path = url.split('?', 1)[0]!
  const target = paths.get(path)
  if (!target) throw new Misdirected('not-found', `Nothing is received at ${path}: ${advice(path)}`)
  const allowed = methods(target)
  if (allowed.includes(method)) return target
  throw new Misdirected('wrong-method', `${path} takes ${allowed.join(' and ')}, not ${method}.`, allowed.join(', '))
}

const paths = new Map<string, Target>([
  ['/v1/traces', 'traces'],
  ['/v1/logs', 'logs'],
  ['/v1/metrics', 'metrics'],
  ['/healthz', 'healthz'],
  ['/readyz', 'readyz'],
])

function methods(target: Target): string[] {
  return target === 'healthz' || target === 'readyz' ? ['GET', 'HEAD'] : ['POST']
}

function advice(path: string): string {
  const where = 'OTLP goes to /v1/traces and /v1/logs, each exactly so.'
  // An endpoint that is set for one signal is used by SDKs as it is, without the path.
  if (path === '/')
    return `${where} OTEL_EXPORTER_OTLP_ENDPOINT gets these paths appended, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT needs /v1/traces at its end.`
  return where
}
