import { lookup } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics'
import type { Collect } from './of-processes.ts'
import { resourceMetrics } from './otlp.ts'

/** Where metrics are pushed from, and to. */
export interface PushOptions {
  readonly collect: Collect
  readonly env: Readonly<Record<string, string | undefined>>
  /** `service.version` of what is pushed. */
  readonly version: string
  /** The ports on which this receiver listens: it doesn't push to itself. */
  readonly ownPorts: readonly number[]
  readonly warn: (text: string) => void
}

const endpointKey = 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'
/** The default of the specification. */
const defaultIntervalMs = 60_000

/**
 * Pushes metrics by OTLP (HTTP, protobuf) every OTEL_METRIC_EXPORT_INTERVAL milliseconds, and once more when it is disposed
 * of; only where OTEL_EXPORTER_OTLP_METRICS_ENDPOINT is set, and never to this receiver itself. The general
 * OTEL_EXPORTER_OTLP_ENDPOINT isn't read, because it usually names this receiver. Headers, certificates, time limit and
 * compression are those of the specification's variables.
 */
export async function openPush({ collect, env, version, ownPorts, warn }: PushOptions): Promise<AsyncDisposable> {
  const endpoint = env[endpointKey] ?? ''
  if (endpoint === '') return { [Symbol.asyncDispose]: async () => {} }
  if (await isOwn(endpoint, ownPorts)) {
    warn(
      `${endpointKey} is this receiver: its own metrics are not pushed to it. Set it to another one, or scrape /metrics.`,
    )
    return { [Symbol.asyncDispose]: async () => {} }
  }
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto')
  const exporter = new OTLPMetricExporter()
  const startMs = Date.now()
  const push = async () => {
    const metrics = resourceMetrics(await collect(), { startMs, nowMs: Date.now(), version })
    const failure = await exported(exporter, metrics)
    if (failure !== undefined)
      warn(`metrics could not be pushed to ${new URL(endpoint).origin} (${endpointKey}): ${failure.message}`)
  }
  const timer = setInterval(() => void push(), intervalOf(env)).unref()
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      await push()
      await exporter.shutdown()
    },
  }
}

function intervalOf({ OTEL_METRIC_EXPORT_INTERVAL: text = '' }: PushOptions['env']): number {
  const milliseconds = Number(text)
  return milliseconds >= 1 && milliseconds <= 2 ** 31 - 1 ? milliseconds : defaultIntervalMs
}

type Exporter = Pick<PushMetricExporter, 'export'>

function exported(exporter: Exporter, metrics: Parameters<Exporter['export']>[0]): Promise<Error | undefined> {
  return new Promise((resolve) => exporter.export(metrics, ({ error }) => resolve(error)))
}

/** Whether a URL leads to one of these ports of this machine. */
async function isOwn(endpoint: string, ownPorts: readonly number[]): Promise<boolean> {
  if (!URL.canParse(endpoint)) return false
  const { hostname, port, protocol } = new URL(endpoint)
  if (!ownPorts.includes(Number(port) || (protocol === 'https:' ? 443 : 80))) return false
  const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => [])
  const own = new Set(Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)))
  return addresses.some(({ address }) => own.has(address) || /^(127\.|::1$|0\.0\.0\.0$|::$)/.test(address))
}
