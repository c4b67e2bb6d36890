import { Misdirected } from '../answers/answers.ts'
import type { Signal } from '../answers/receipt.ts'

/** The purpose of a request: the export of a signal, one of the two probes, a scrape, or a person's look at /. */
export type RequestTarget = Signal | 'metrics' | 'healthz' | 'readyz' | 'scrape' | 'home'

/**
 * The target of a method and a URL. Doubled slashes and a slash at the end count as one and none, because the base that
 * a sender is given often ends in a slash; the rest of a path must match exactly, and its query is ignored. No request
 * is ever redirected: senders take a redirect for success, or follow it without their data (R5). Throws Misdirected.
 */
export function targetOf(method: string, url: string): RequestTarget {
  const path = url.split('?', 1)[0]!
  const target = paths.get(withoutSpareSlashes(path))
  // A sender that posts to / is missing a path; a person who opens / in a browser isn't.
  if (!target || (target === 'home' && !isReadOnly(method)))
    throw new Misdirected('not-found', `Nothing is received at ${path}: ${advice(path)}`)
  const allowed = methods(target)
  if (allowed.includes(method)) return target
  throw new Misdirected('wrong-method', `${path} takes ${allowed.join(' and ')}, not ${method}.`, allowed.join(', '))
}

/** Whether a method only reads: a request with it holds no telemetry that could be lost. */
export function isReadOnly(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD'
}

const paths = new Map<string, RequestTarget>([
  ['/v1/traces', 'traces'],
  ['/v1/logs', 'logs'],
  ['/v1/metrics', 'metrics'],
  ['/healthz', 'healthz'],
  ['/readyz', 'readyz'],
  ['/metrics', 'scrape'],
  ['/', 'home'],
])

function withoutSpareSlashes(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/')}`
}

function methods(target: RequestTarget): string[] {
  return target === 'traces' || target === 'logs' || target === 'metrics' ? ['POST'] : ['GET', 'HEAD']
}

function advice(path: string): string {
  const where = 'OTLP goes to /v1/traces and /v1/logs, each exactly so.'
  // An endpoint that is set for one signal is used by SDKs as it is, without the path.
  if (withoutSpareSlashes(path) === '/')
    return `${where} OTEL_EXPORTER_OTLP_ENDPOINT gets these paths appended, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT needs /v1/traces at its end.`
  return where
}
