// An app whose pg, net and dns are instrumented: it makes some runs, exports each, asks its own database, and says what
// spans there were. Arguments: whether it has a context manager, and the database.
import { setTimeout as sleep } from 'node:timers/promises'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { DnsInstrumentation } from '@opentelemetry/instrumentation-dns'
import { NetInstrumentation } from '@opentelemetry/instrumentation-net'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import { BasicTracerProvider, BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { PostgresSpanExporter } from '../../../src/exporter.ts'
import { patient } from '../fixture.ts'

const [manager = 'none', url = ''] = process.argv.slice(2)
if (manager === 'manager') context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())

const exporter = new PostgresSpanExporter({ connectionString: url, ...patient })
const seen: ReadableSpan[] = []
const watch = {
  onStart: () => {},
  onEnd: (span: ReadableSpan) => void seen.push(span),
  forceFlush: async () => {},
  shutdown: async () => {},
}
const processor = new BatchSpanProcessor(exporter, {
  scheduledDelayMillis: 10,
  exportTimeoutMillis: patient.timeoutMillis,
})
const provider = new BasicTracerProvider({ spanProcessors: [processor, watch] })
trace.setGlobalTracerProvider(provider)
registerInstrumentations({
  tracerProvider: provider,
  instrumentations: [new PgInstrumentation(), new NetInstrumentation(), new DnsInstrumentation()],
})

const flushed = async () => {
  await provider.forceFlush()
  await exporter.forceFlush().catch(() => {})
}
const { default: pg } = await import('pg')
const client = new pg.Client({ connectionString: url.replace(/[^/]*$/, 'postgres') })
await client.connect()
await client.query('select 1 as of_the_app')
for (let i = 0; i < 5; i++) {
  provider
    .getTracer('app')
    .startSpan('run', { attributes: { workflow_id: `traced-${i}` } })
    .end()
  await flushed()
}
await client.end()
// a processor suppresses tracing itself; others who export may not
await new Promise((resolve) => exporter.export(seen.slice(-1), resolve))
await flushed()
// what an export makes is exported by now, and what that makes, and so on
const before = seen.length
for (let i = 0; i < 5; i++) {
  await sleep(20)
  await flushed()
}
const names = seen.map(({ name, instrumentationScope }) => `${instrumentationScope.name.replace(/.*-/, '')} ${name}`)
console.log(JSON.stringify({ names, later: seen.length - before }))
await provider.shutdown()
