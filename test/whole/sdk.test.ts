import { context, DiagLogLevel, diag, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as HttpExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  RandomIdGenerator,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { OTLPTraceExporter as GrpcExporter1 } from 'otel-exporter-grpc-1'
import { OTLPTraceExporter as HttpExporter1 } from 'otel-exporter-http-1'
import { OTLPTraceExporter as ProtoExporter1 } from 'otel-exporter-proto-1'
import * as sdk1 from 'otel-trace-base-1'
import { afterEach, describe, expect, test } from 'vitest'
import type { TestReceiver } from '../support/command.ts'
import { openGate } from '../support/gate.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'

/** What a test needs of an SDK, whichever its version. */
interface Sdk {
  readonly tracer: Tracer
  /** Exports what has ended, and ends. */
  readonly shutdown: () => Promise<void>
}

// no export of a test takes so long, however busy the machine is
const timeoutMillis = 300_000
const exportTimeoutMillis = timeoutMillis

const version2 = (exporter: SpanExporter, idGenerator = new RandomIdGenerator()): Sdk => {
  const processor = new BatchSpanProcessor(exporter, { exportTimeoutMillis })
  const provider = new BasicTracerProvider({ spanProcessors: [processor], idGenerator })
  return { tracer: provider.getTracer('test'), shutdown: () => provider.shutdown() }
}

const version1 = (exporter: sdk1.SpanExporter): Sdk => {
  const processor = new sdk1.BatchSpanProcessor(exporter, { exportTimeoutMillis })
  const provider = new sdk1.BasicTracerProvider({ spanProcessors: [processor] })
  return { tracer: provider.getTracer('test'), shutdown: () => provider.shutdown() }
}

const overGrpc = (receiver: TestReceiver) => ({ url: `http://${receiver.grpc}`, timeoutMillis })
const overHttp = (receiver: TestReceiver) => ({ url: `${receiver.http}/v1/traces`, timeoutMillis })

const exporters: readonly [string, (receiver: TestReceiver) => Sdk][] = [
  ['SDK 2, gRPC', (receiver) => version2(new GrpcExporter(overGrpc(receiver)))],
  ['SDK 2, HTTP with JSON', (receiver) => version2(new HttpExporter(overHttp(receiver)))],
  ['SDK 2, HTTP with protobuf', (receiver) => version2(new ProtoExporter(overHttp(receiver)))],
  ['SDK 1, gRPC', (receiver) => version1(new GrpcExporter1(overGrpc(receiver)))],
  ['SDK 1, HTTP with JSON', (receiver) => version1(new HttpExporter1(overHttp(receiver)))],
  ['SDK 1, HTTP with protobuf', (receiver) => version1(new ProtoExporter1(overHttp(receiver)))],
]

/** A run as an instrumented app makes it: a workflow, an agent, two model calls and a tool that fails. */
function runAgent(tracer: Tracer, workflowId: string): void {
  const root = tracer.startSpan('run', {
    kind: SpanKind.SERVER,
    attributes: { workflow_id: workflowId, user_id: 'ada' },
  })
  const inRoot = trace.setSpan(context.active(), root)
  const agent = tracer.startSpan(
    'invoke_agent planner',
    { attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'planner' } },
    inRoot,
  )
  const inAgent = trace.setSpan(inRoot, agent)
  for (const [input, output] of [
    [100, 20],
    [150, 30],
  ]) {
    const call = tracer.startSpan('chat gpt-4o-mini', { kind: SpanKind.CLIENT }, inAgent)
    call.setAttributes({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o-mini',
    })
    call.setAttributes({ 'gen_ai.usage.input_tokens': input!, 'gen_ai.usage.output_tokens': output! })
    call.end()
  }
  const tool = tracer.startSpan(
    'execute_tool search',
    { attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' } },
    inAgent,
  )
  tool.setStatus({ code: SpanStatusCode.ERROR, message: 'nothing found' }).end()
  agent.end()
  root.end()
}

describe("the SDK's own exporters", () => {
  test.each(exporters)('%s', async (_, sdkFor) => {
    await using database = await freshDatabase()
    await using receiver = await openTestReceiver(database.url)
    await using client = await connect(database.url)
    const sdk = sdkFor(receiver)
    runAgent(sdk.tracer, 'wf-sdk')
    await sdk.shutdown()
    const tasks = await client.query(
      'select workflow_id, status, prompt_tokens, completion_tokens, agents_used, tools_invoked from task_executions',
    )
    expect(tasks.rows).toEqual([
      {
        workflow_id: 'wf-sdk',
        status: 'COMPLETED',
        prompt_tokens: 250,
        completion_tokens: 50,
        agents_used: 1,
        tools_invoked: 1,
      },
    ])
    const usage = await client.query('select prompt_tokens, completion_tokens from token_usage order by prompt_tokens')
    expect(usage.rows).toEqual([
      { prompt_tokens: 100, completion_tokens: 20 },
      { prompt_tokens: 150, completion_tokens: 30 },
    ])
    const tools = await client.query('select tool_name, success, error from tool_executions')
    expect(tools.rows).toEqual([{ tool_name: 'search', success: false, error: 'nothing found' }])
  })
})

describe('what an app is told', () => {
  afterEach(() => diag.disable())

  const told: readonly [string, (receiver: TestReceiver) => SpanExporter][] = [
    ['gRPC', (receiver) => new GrpcExporter(overGrpc(receiver))],
    ['HTTP with JSON', (receiver) => new HttpExporter(overHttp(receiver))],
    ['HTTP with protobuf', (receiver) => new ProtoExporter(overHttp(receiver))],
  ]

  test.each(told)('nothing, when all is well (%s)', async (_, exporterFor) => {
    await using database = await freshDatabase()
    await using receiver = await openTestReceiver(database.url)
    const lines = listenToDiag()
    const sdk = version2(exporterFor(receiver))
    runAgent(sdk.tracer, 'wf-well')
    await sdk.shutdown()
    expect(lines).toEqual([])
  })

  test.each(told)('that one span was rejected, and why, while the others are kept (%s)', async (_, exporterFor) => {
    await using database = await freshDatabase()
    await using receiver = await openTestReceiver(database.url)
    await using client = await connect(database.url)
    const lines = listenToDiag()
    const ids = new RandomIdGenerator()
    const sdk = version2(exporterFor(receiver), ids)
    runAgent(sdk.tracer, 'wf-partial')
    ids.generateSpanId = () => '0000000000000000'
    sdk.tracer.startSpan('without an id').end()
    await sdk.shutdown()
    expect(lines.join('\n')).toMatch(/partial success/i)
    expect(lines.join('\n')).toMatch(/"rejectedSpans":\s*"?1\b/)
    const { rows } = await client.query('select workflow_id, total_tokens from task_executions')
    expect(rows).toEqual([{ workflow_id: 'wf-partial', total_tokens: 300 }])
  })
})

test('an exporter that is told to try again later delivers when the database is back', async () => {
  await using database = await freshDatabase()
  await using gate = await openGate()
  const gated = new URL(database.url)
  const port = Number(gated.port)
  gated.port = String(gate.port)
  gate.leadTo(port)
  await using receiver = await openTestReceiver(gated.href, {
    SPANLEDGER_ANSWER_TIMEOUT_MS: '2000',
    SPANLEDGER_BEGIN_WITHIN_MS: '1000',
  })
  const sdk = version2(new HttpExporter(overHttp(receiver)))
  gate.refuse()
  runAgent(sdk.tracer, 'wf-later')
  const delivered = sdk.shutdown()
  await expect.poll(() => receiver.counters().items.traces.givenBack).toBeGreaterThan(0)
  gate.leadTo(port)
  await delivered
  await using client = await connect(database.url)
  const { rows } = await client.query('select workflow_id, total_tokens from task_executions')
  expect(rows).toEqual([{ workflow_id: 'wf-later', total_tokens: 300 }])
})

/** What the SDK would write into the app's log, from warnings up. */
function listenToDiag(): string[] {
  const lines: string[] = []
  const write = (...words: unknown[]) => {
    lines.push(
      words
        .map((word) =>
          typeof word === 'string' ? word : JSON.stringify(word, (_, x) => (typeof x === 'bigint' ? `${x}` : x)),
        )
        .join(' '),
    )
  }
  diag.setLogger(
    { error: write, warn: write, info: () => {}, debug: () => {}, verbose: () => {} },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  return lines
}
