import { type Attributes, createNoopMeter, type MeterProvider } from '@opentelemetry/api'

/** The metrics of an exporter (E22). Source: semantic conventions, SDK metrics (development). */
export interface ExporterMetrics {
  /** An export of this many spans or records begins. */
  began(items: number): void
  /** The export has ended: `rejected` of its items were refused, or all failed with an error of type `error`. */
  ended(
    items: number,
    outcome: { readonly rejected: number; readonly error: string | null; readonly seconds: number },
  ): void
}

export interface MetricsOptions {
  readonly provider: MeterProvider | undefined
  readonly signal: 'span' | 'log'
  /** `postgresql_span_exporter`. */
  readonly component: string
  readonly server: { readonly host: string; readonly port: number } | undefined
}

/** How many exporters of each component type there are: they are numbered from 0. */
const made = new Map<string, number>()

/** Metrics in the `provider`, or nowhere without one (E23). */
export function openMetrics({ provider, signal, component, server }: MetricsOptions): ExporterMetrics {
  const number = made.get(component) ?? 0
  made.set(component, number + 1)
  const common: Attributes = {
    'otel.component.type': component,
    'otel.component.name': `${component}/${number}`,
    ...(server === undefined ? {} : { 'server.address': server.host, 'server.port': server.port }),
  }
  const meter = provider?.getMeter('spanledger-exporter') ?? createNoopMeter()
  const unit = signal === 'span' ? '{span}' : '{log_record}'
  const inflight = meter.createUpDownCounter(`otel.sdk.exporter.${signal}.inflight`, { unit })
  const exported = meter.createCounter(`otel.sdk.exporter.${signal}.exported`, { unit })
  const duration = meter.createHistogram('otel.sdk.exporter.operation.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: [] },
  })
  return {
    began: (items) => inflight.add(items, common),
    ended(items, { rejected, error, seconds }) {
      inflight.add(-items, common)
      const failed = error === null ? {} : { 'error.type': error }
      duration.record(seconds, { ...common, ...failed })
      if (items > rejected) exported.add(items - rejected, { ...common, ...failed })
      if (rejected > 0) exported.add(rejected, { ...common, 'error.type': 'rejected' })
    },
  }
}
