/**
 * An app with agents, as a process of its own: 5,000 spans a second, made by the official SDK in traces of ten. Run by
 * exporter.ts, which says in AppOptions where the spans go and when to measure, and gets a Measurement back.
 */

import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { context, ROOT_CONTEXT, type Tracer, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  NoopSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { stepsOf } from './steps.ts'

/** Where an app's spans go; the exporters are given the address that goes with them. */
export type Way = 'none' | 'otlp' | 'postgres'

export interface AppOptions {
  readonly way: Way
  readonly address: string
  /** So many parts of so many seconds are measured. */
  readonly parts: number
  readonly partSeconds: number
}

export interface Measurement {
  readonly spans: number
  /** Of these, as the exporter answers. */
  readonly exported: number
  readonly cpuMicrosPerSpan: number
  /** Of the event loop. */
  readonly delayMs: { readonly p99: number; readonly max: number }
  /** At the start and at the end of each part, after a collection. */
  readonly heapMegabytes: readonly number[]
}

const spansPerSecond = 5_000
const tickMs = 10
/** A process that has just started compiles its code, for its first 65,000 spans; it isn't what is measured. */
const warmUpMs = 15_000

const { way, address, parts, partSeconds }: AppOptions = JSON.parse(process.argv[2]!)
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
let exported = 0
const exporter = await exporterOf()
const processor = exporter === undefined ? new NoopSpanProcessor() : new BatchSpanProcessor(counted(exporter))
const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('bench')

let runs = 0
let spans = 0
const load = startLoad(tracer)
await sleep(warmUpMs)
process.send!('warm')
await once(process, 'message')
process.send!(await measure())
clearInterval(load)
process.disconnect()
// an exporter whose server is gone would take its time
process.exit()

async function exporterOf(): Promise<SpanExporter | undefined> {
  if (way === 'none') return undefined
  if (way === 'otlp') return new OTLPTraceExporter({ url: `${address}/v1/traces` })
  const packed = '../../packed/exporter/index.mjs'
  const { PostgresSpanExporter }: typeof import('../../src/exporter.ts') = await import(packed)
  return new PostgresSpanExporter({ connectionString: address, migrate: true }) as SpanExporter
}

function counted(to: SpanExporter): SpanExporter {
  return {
    export: (batch, callback) =>
      to.export(batch, (result) => {
        if (result.code === 0) exported += batch.length
        callback(result)
      }),
    shutdown: () => to.shutdown(),
  }
}

/** As many runs as the time that has passed asks for: what a busy event loop misses comes in one burst. */
function startLoad(from: Tracer): NodeJS.Timeout {
  const startMs = performance.now()
  return setInterval(() => {
    const due = ((performance.now() - startMs) * spansPerSecond) / 1_000
    while (spans < due) runAgent(from)
  }, tickMs)
}

function runAgent(from: Tracer): void {
  const index = runs++
  const sinceMs = Date.now() - 1_000
  const steps = stepsOf({ round: way, index, workflow: `wf-${process.pid}-${index}` })
  const contexts = [ROOT_CONTEXT]
  const open = steps.map(({ parent, name, from: start, attributes }, n) => {
    const around = contexts[parent === null ? 0 : parent + 1]!
    const span = from.startSpan(name, { startTime: sinceMs + start, attributes }, around)
    contexts[n + 1] = trace.setSpan(around, span)
    return span
  })
  // a root ends last
  for (const [n, span] of [...open.entries()].reverse()) span.end(sinceMs + steps[n]!.to)
  spans += steps.length
}

async function measure(): Promise<Measurement> {
  const heapMegabytes = [heapNow()]
  const before = { spans, exported, cpu: process.cpuUsage() }
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  for (let part = 1; part < parts; part++) {
    await sleep(partSeconds * 1_000)
    heapMegabytes.push(heapNow())
  }
  await sleep(partSeconds * 1_000)
  delay.disable()
  const { user, system } = process.cpuUsage(before.cpu)
  return {
    spans: spans - before.spans,
    exported: exported - before.exported,
    cpuMicrosPerSpan: (user + system) / (spans - before.spans),
    delayMs: { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 },
    heapMegabytes: [...heapMegabytes, heapNow()],
  }
}

/** Of what is still held: an app in a benchmark is started with --expose-gc. */
function heapNow(): number {
  globalThis.gc!()
  return process.memoryUsage().heapUsed / 1e6
}
