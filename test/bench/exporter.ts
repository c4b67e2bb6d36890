/**
 * What the exporter costs an app, beside what the official OTLP/HTTP exporter to a receiver costs it, and no exporter:
 * CPU for each span and how long the event loop is held at 5,000 spans a second, the heap while the database (or the
 * receiver) is away, and the time to start. `npx tsx test/bench/exporter.ts`, after `npm run build`.
 *
 * The exporter is the packed one. BENCH_SECONDS and BENCH_ROUNDS change how long and how often each is measured,
 * BENCH_AWAY_SECONDS how long the database is away, BENCH_STARTS how many processes are started.
 */

import { execFileSync, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { textTable } from '../../src/commands/formats/text-table.ts'
import { makeCluster, startPostgres } from '../support/postgres.ts'
import type { AppOptions, Measurement, Way } from './app.ts'
import { startReceiver } from './receiver.ts'
import { median, writeResult } from './results.ts'

const seconds = Number(process.env.BENCH_SECONDS ?? 10)
const awaySeconds = Number(process.env.BENCH_AWAY_SECONDS ?? 60)
const starts = Number(process.env.BENCH_STARTS ?? 10)
/** In turns, so that what else the machine does is shared by all; the median counts. */
const rounds = Number(process.env.BENCH_ROUNDS ?? 3)
const root = path.join(import.meta.dirname, '..', '..')

/** In the tables. */
const names: Readonly<Record<Way, string>> = {
  none: 'no exporter',
  otlp: 'OTLP/HTTP to a receiver',
  postgres: 'spanledger-exporter',
}
const ways = Object.keys(names) as Way[]

execFileSync('npm', ['run', '--silent', 'pack:exporter'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
await showCost()
await showAbsence()
showStarts()

async function showCost(): Promise<void> {
  const costs = ways.map((): Measurement[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, way] of ways.entries()) {
      await using server = await openServer(way)
      const options = { way, address: server.address, parts: 1, partSeconds: seconds }
      costs[i]!.push(await measured(options, async () => {}))
    }
  }
  const medianOf = (i: number) => (figure: (cost: Measurement) => number) => median(costs[i]!.map(figure))
  const cpu = Object.fromEntries(ways.map((way, i) => [way, medianOf(i)((cost) => cost.cpuMicrosPerSpan)]))
  await writeResult('exporter', {
    micros: cpu.postgres! - cpu.none!,
    otlpMicros: cpu.otlp! - cpu.none!,
  })
  const rows = ways.map((way, i) => {
    const of = medianOf(i)
    return [
      names[way],
      of((cost) => cost.cpuMicrosPerSpan).toFixed(1),
      of((cost) => cost.delayMs.p99).toFixed(1),
      of((cost) => cost.delayMs.max).toFixed(1),
      way === 'none' ? '' : `${of((cost) => (100 * cost.exported) / cost.spans).toFixed(0)} %`,
    ]
  })
  console.log(textTable(['5,000 spans/s', 'CPU µs a span', 'delay p99 ms', 'delay max ms', 'exported'], rows))
}

async function showAbsence(): Promise<void> {
  const rows: string[][] = []
  for (const way of ways) {
    await using server = await openServer(way)
    const options = { way, address: server.address, parts: 3, partSeconds: awaySeconds / 3 }
    const { heapMegabytes } = await measured(options, () => server.stop())
    rows.push([names[way], ...heapMegabytes.map((heap) => heap.toFixed(1))])
  }
  const thirds = [1, 2, 3].map((third) => `${Math.round((third * awaySeconds) / 3)} s`)
  console.log(textTable(['heap in MB, server away for', '0 s', ...thirds], rows))
}

function showStarts(): void {
  // in turns, too
  const tookMs = ways.map((): number[] => [])
  for (let start = 0; start < starts; start++) ways.forEach((way, i) => void tookMs[i]!.push(startMs(way)))
  console.log(
    textTable(
      ['start to end of a process', 'median ms'],
      ways.map((way, i) => [names[way], median(tookMs[i]!).toFixed(0)]),
    ),
  )
}

interface Server extends AsyncDisposable {
  readonly address: string
  stop(): Promise<void>
}

/** What an app needs to export that way; a new database for each. */
async function openServer(way: Way): Promise<Server> {
  if (way === 'none') return { address: '', stop: async () => {}, [Symbol.asyncDispose]: async () => {} }
  const postgres = await startPostgres([], await makeCluster())
  if (way === 'postgres') return { ...postgres, address: postgres.url }
  const receiver = await startReceiver({ DATABASE_URL: postgres.url, SPANLEDGER_LOG_LEVEL: 'error' })
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= receiver.stop()
    return stopped
  }
  return {
    address: receiver.http,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      await postgres[Symbol.asyncDispose]()
    },
  }
}

/** Runs an app; `whenWarm` is done before anything is measured. */
async function measured(options: AppOptions, whenWarm: () => Promise<void>): Promise<Measurement> {
  const app = fork(path.join(import.meta.dirname, 'app.ts'), [JSON.stringify(options)], {
    execArgv: ['--import', 'tsx', '--expose-gc'],
  })
  const ended = once(app, 'exit').then(([code]) => Promise.reject(new Error(`the app ended with ${code}`)))
  await Promise.race([once(app, 'message'), ended])
  await whenWarm()
  app.send('measure')
  const [measurement] = await Promise.race([once(app, 'message'), ended])
  // it ends by itself now, which is no failure any more
  await ended.catch(() => {})
  return measurement
}

/** An app that does nothing but start its tracing. */
function startMs(way: Way): number {
  const exporters: Readonly<Record<Way, string>> = {
    none: '',
    otlp: "new (require('@opentelemetry/exporter-trace-otlp-proto').OTLPTraceExporter)()",
    postgres: "new (require('./packed/exporter/index.cjs').PostgresSpanExporter)()",
  }
  const script = `
    const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base')
    const exporters = [${exporters[way]}]
    new BasicTracerProvider({ spanProcessors: exporters.map((exporter) => new BatchSpanProcessor(exporter)) })`
  const start = performance.now()
  const { status } = spawnSync(process.execPath, ['--input-type=commonjs', '--eval', script], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error(`an app with ${names[way]} does not start`)
  return performance.now() - start
}
