import { type Context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api'
import { BasicTracerProvider, BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { expect, onTestFinished, test } from 'vitest'
import { type LiveOptions, LiveSpanProcessor, PostgresSpanExporter } from '../../src/exporter.ts'
import { dumpLedger } from '../support/ledger.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { exported, makeTables, patient, until } from './fixture.ts'

/** An app whose spans go to an exporter, and with options also to a LiveSpanProcessor. */
async function openApp(live?: LiveOptions) {
  const database = await freshDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  await makeTables(database.url)
  const exporter = new PostgresSpanExporter({ connectionString: database.url, ...patient })
  const batches = new BatchSpanProcessor(exporter, { exportTimeoutMillis: patient.timeoutMillis })
  const processors = [batches, ...(live ? [new LiveSpanProcessor(exporter, live)] : [])]
  const provider = new BasicTracerProvider({ spanProcessors: processors })
  const client = await connect(database.url)
  onTestFinished(() => client.end())
  onTestFinished(() => provider.shutdown())
  return { exporter, provider, client, tracer: provider.getTracer('app') }
}

type App = Awaited<ReturnType<typeof openApp>>

const below = (parent: Span): Context => trace.setSpan(ROOT_CONTEXT, parent)
const agent = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'helper' }

/** The tasks as they are stored now. */
async function tasksOf({ client }: App): Promise<object[]> {
  const { rows } = await client.query('select workflow_id, status, agents_used from task_executions order by 1')
  return rows
}

test('a run is seen as RUNNING while it runs, with its agent, and as it ended afterwards', async () => {
  const app = await openApp({ delayMillis: 10 })
  const root = app.tracer.startSpan('run', { attributes: { workflow_id: 'long' } })
  const helper = app.tracer.startSpan('invoke_agent helper', { attributes: agent }, below(root))
  const running = [{ workflow_id: 'long', status: 'RUNNING', agents_used: 1 }]
  await until('it is seen', async () => JSON.stringify(await tasksOf(app)) === JSON.stringify(running))
  const { rows } = await app.client.query("select state from agent_executions where agent_id = 'helper'")
  expect(rows).toEqual([{ state: 'EXECUTING' }])
  helper.end()
  root.end()
  await app.provider.forceFlush()
  await app.exporter.forceFlush()
  expect(await tasksOf(app)).toEqual([{ workflow_id: 'long', status: 'COMPLETED', agents_used: 1 }])
})

test('without the processor, an open run is not seen', async () => {
  const app = await openApp()
  const root = app.tracer.startSpan('run', { attributes: { workflow_id: 'long' } })
  const helper = app.tracer.startSpan('invoke_agent helper', { attributes: agent }, below(root))
  await app.provider.forceFlush()
  expect(await tasksOf(app)).toEqual([])
  helper.end()
  root.end()
})

test('spans that end within the delay are only exported', async () => {
  const app = await openApp({ delayMillis: 600_000 })
  for (let i = 0; i < 50; i++) app.tracer.startSpan('run', { attributes: { workflow_id: `short-${i}` } }).end()
  await app.provider.forceFlush()
  await app.exporter.forceFlush()
  expect(await tasksOf(app)).toHaveLength(50)
  const { rows } = await app.client.query('select count(*)::int as n from spanledger.ledger')
  expect(rows).toEqual([{ n: 50 }])
})

/** The ended spans of a run, and copies of them from before their end. */
function spansOf({ tracer }: App): { readonly ended: ReadableSpan[]; readonly open: ReadableSpan[] } {
  const root = tracer.startSpan('run', { attributes: { workflow_id: 'renamed', query: 'q' } })
  const helper = tracer.startSpan('invoke_agent', { attributes: agent }, below(root))
  const attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' }
  const tool = tracer.startSpan('execute_tool search', { attributes }, below(helper))
  const all = [root, helper, tool]
  const open = all.map((span) => snapshot(span as unknown as ReadableSpan))
  helper.updateName('invoke_agent helper')
  helper.setAttribute('gen_ai.agent.id', 'h1')
  for (const span of all.toReversed()) span.end()
  return { ended: all as unknown as ReadableSpan[], open }
}

/** A copy of a span, which its end doesn't change. */
function snapshot(span: ReadableSpan): ReadableSpan {
  const { name, kind, parentSpanContext, startTime, endTime, status, links, resource, instrumentationScope } = span
  const { droppedAttributesCount, droppedEventsCount, droppedLinksCount, duration, ended } = span
  const counts = { droppedAttributesCount, droppedEventsCount, droppedLinksCount }
  const copied = { attributes: { ...span.attributes }, events: [...span.events], status: { ...status } }
  const rest = { name, kind, startTime, endTime, links, resource, instrumentationScope, duration, ended }
  return {
    ...rest,
    ...copied,
    ...counts,
    ...(parentSpanContext && { parentSpanContext }),
    spanContext: () => span.spanContext(),
  }
}

test.each([
  ['first', (open: ReadableSpan[], ended: ReadableSpan[]) => [open, ended]],
  ['last', (open: ReadableSpan[], ended: ReadableSpan[]) => [ended, open]],
  ['in between', (open: ReadableSpan[], ended: ReadableSpan[]) => [ended.slice(1), open, ended.slice(0, 1)]],
])('law 2: open spans that arrive %s change no row of the ended ones', async (_, inOrder) => {
  const [app, other] = [await openApp(), await openApp()]
  const { ended, open } = spansOf(app)
  await app.provider.forceFlush()
  for (const batch of inOrder(open, ended)) expect(await exported(other.exporter, batch)).toEqual({ code: 0 })
  expect(await dumpLedger(other.client)).toBe(await dumpLedger(app.client))
  const { rows } = await other.client.query('select count(*)::int as n from spanledger.refused_spans')
  expect(rows, 'a span that was renamed is no conflict').toEqual([{ n: 0 }])
})

test('the open spans that wait are bounded, and dropped at shutdown', async () => {
  const app = await openApp()
  const live = new LiveSpanProcessor(app.exporter, { delayMillis: 1, maxSpans: 3 })
  const spans = Array.from({ length: 10 }, (_, i) =>
    app.tracer.startSpan('run', { attributes: { workflow_id: `open-${i}` } }),
  )
  for (const span of spans) live.onStart(span as never)
  await until('those are seen', async () => (await tasksOf(app)).length >= 3)
  await live.forceFlush()
  expect(await tasksOf(app)).toHaveLength(3)
  live.onStart(spans[5] as never)
  await live.shutdown()
  expect(await tasksOf(app)).toHaveLength(3)
  for (const span of spans) span.end()
})
