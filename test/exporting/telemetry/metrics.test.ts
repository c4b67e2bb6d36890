import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, onTestFinished, test } from 'vitest'
import { PostgresSpanExporter } from '../../../src/exporter.ts'
import { freshDatabase } from '../../support/postgres.ts'
import { exported, makeTables, patient, runOf } from '../fixture.ts'

test('E22: an exporter with a meter provider counts each span once', async () => {
  await using database = await freshDatabase()
  await makeTables(database.url)
  const memory = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: memory, exportIntervalMillis: 3_600_000 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  onTestFinished(() => meterProvider.shutdown())
  const exporter = new PostgresSpanExporter({ connectionString: database.url, ...patient, meterProvider })
  const [root, call] = runOf('counted')
  const broken = { ...call!, spanContext: () => ({ ...call!.spanContext(), traceId: '0'.repeat(32) }) }
  await exported(exporter, [root!, call!, broken])
  await exporter.shutdown()
  await exported(exporter, [root!])
  await reader.forceFlush()
  const points = memory
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: all }) => all))
    .flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ value, attributes }) => ({ descriptor, value, attributes })),
    )
  const of = (name: string) => points.filter(({ descriptor }) => descriptor.name === `otel.sdk.exporter.${name}`)
  const { hostname, port } = new URL(database.url)
  const common = {
    'otel.component.type': 'postgresql_span_exporter',
    'otel.component.name': expect.stringMatching(/^postgresql_span_exporter\/\d+$/),
    'server.address': hostname,
    'server.port': Number(port),
  }
  expect(of('span.inflight')).toEqual([expect.objectContaining({ value: 0, attributes: common })])
  expect(of('span.exported').map(({ value, attributes }) => [value, attributes])).toEqual([
    [2, common],
    [1, { ...common, 'error.type': 'rejected' }],
  ])
  expect(of('operation.duration')).toEqual([
    expect.objectContaining({ attributes: common, value: expect.objectContaining({ count: 1 }) }),
  ])
})

test('E23: an exporter without a meter provider counts nowhere, the global one included', async () => {
  const memory = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: memory, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(provider)
  onTestFinished(() => metrics.disable())
  await using database = await freshDatabase()
  await makeTables(database.url)
  const exporter = new PostgresSpanExporter({ connectionString: database.url, ...patient })
  await exported(exporter, runOf('uncounted'))
  await exporter.shutdown()
  await reader.forceFlush()
  expect(memory.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)).toEqual([])
  await provider.shutdown()
})
