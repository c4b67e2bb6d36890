import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, onTestFinished, test } from 'vitest'
import { PostgresSpanExporter } from '../../src/exporter.ts'
import { createExporterEvents } from '../../src/exporting/exporter-events.ts'
import { smallRun } from '../support/otlp.ts'
import { freePort, freshDatabase } from '../support/postgres.ts'
import { exported, listenToDiag, makeTables, patient, runOf, spansOf, until } from './apps.ts'

test('E21: what is told has no password, no prompt, and not the same line again and again', async () => {
  using diag = listenToDiag()
  const url = `postgres://somebody:s3cret-word@127.0.0.1:${await freePort()}/none`
  const exporter = new PostgresSpanExporter({ connectionString: url, timeoutMillis: 200 })
  const [root, call] = smallRun('secret-run')
  const spans = spansOf([{ ...root!, attributes: { ...root!.attributes, query: 'a private question' } }, call!])
  const told = () => diag.lines.filter((line) => line.includes('the database is away'))
  await until('it is told', async () => (await exported(exporter, spans)).code === 1 && told().length > 0)
  for (let i = 0; i < 5; i++) expect((await exported(exporter, spans)).code).toBe(1)
  await exporter.shutdown()
  expect(told()).toHaveLength(1)
  expect(diag.lines.join('\n')).not.toMatch(/s3cret-word|a private question/)
})

test('E21: a line comes at most every ten seconds, with how often it was held', () => {
  let now = 0
  const lines: string[] = []
  const write = (text: string) => void lines.push(text)
  const telling = createExporterEvents(
    { error: write, warn: write, info: write, debug: write, verbose: write },
    () => now,
  )
  for (let i = 0; i < 100; i++) telling.warning('something is odd')
  now = 11_000
  telling.warning('something is odd')
  expect(lines).toEqual(['something is odd', 'something is odd (100 times)'])
})

test('E22: it counts what it does, each span once, where it is asked to', async () => {
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

test('E23: without a meter provider of its own it counts nowhere', async () => {
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
