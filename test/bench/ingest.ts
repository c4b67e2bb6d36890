/**
 * OTLP/gRPC requests of 512 spans from 8 senders to acknowledged, as a share of one connection's COPY of the same
 * finished rows, in interleaved pairs on one PostgreSQL with synchronous_commit = on. `npm run bench`.
 *
 * The receiver is started as `npm start` does. DATABASE_URL names a server to use instead of one of its own; BENCH_REQUESTS and BENCH_PAIRS change the size.
 */

import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { makeCluster, startPostgres } from '../support/postgres.ts'
import { cpuPerSpan, cpuTicks } from './cpu.ts'
import { encodedRequests, type Shape } from './load.ts'
import { sendAll, startReceiver } from './receiver.ts'

const requests = Number(process.env.BENCH_REQUESTS ?? 80)
const pairs = Number(process.env.BENCH_PAIRS ?? 3)
const only = process.env.BENCH_SHAPE
/** A process that has just started compiles its code; it isn't what is measured. */
const warmUpRequests = 32
const spansPerRequest = 512
const shapes: Shape[] = ['id on every span', 'id on the root only, which comes later', 'one trace of all spans']
const factTables = ['task_executions', 'event_logs', 'token_usage', 'tool_executions', 'agent_executions']

const own = process.env.DATABASE_URL === undefined ? await startPostgres([], await makeCluster()) : null
const server = new URL(own?.url ?? process.env.DATABASE_URL!)
try {
  for (const shape of shapes) if (only === undefined || shape.includes(only)) await measure(shape)
} finally {
  await own?.[Symbol.asyncDispose]()
}

async function measure(shape: Shape): Promise<void> {
  const ratios: number[] = []
  // the first pair warms up
  for (let pair = 0; pair <= pairs; pair++) {
    const bodies = encodedRequests(
      shape,
      shape === 'one trace of all spans' ? Math.ceil(100_000 / spansPerRequest) : requests,
      `${pair}`,
    )
    const spans = bodies.length * spansPerRequest
    const ingested = await newDatabase('bench_ingest')
    const receiver = await startReceiver({ DATABASE_URL: ingested })
    await sendAll(receiver.address, encodedRequests('id on every span', warmUpRequests, `w${pair}`))
    const before = cpuTicks()
    const ingestMs = await timed(() => sendAll(receiver.address, bodies))
    const cpu = cpuPerSpan(before, cpuTicks(), spans)
    await receiver.stop()
    const copyMs = await copyOfTheSame(ingested)
    // the rows of the warm-up are among those that were copied
    const [ingest, copy] = [(spans / ingestMs) * 1000, ((spans + warmUpRequests * spansPerRequest) / copyMs) * 1000]
    if (pair > 0) ratios.push(ingest / copy)
    console.log(
      `${shape}: ${pair === 0 ? 'warm-up ' : ''}${Math.round(ingest)} spans/s, COPY ${Math.round(copy)} spans/s, ratio ${(ingest / copy).toFixed(2)} (CPU a span: ${cpu})`,
    )
  }
  if (ratios.length === 0) return
  console.log(
    `${shape}: median ratio ${ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)]!.toFixed(2)} of ${ratios.length} pairs`,
  )
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function newDatabase(name: string): Promise<string> {
  const client = new pg.Client({ connectionString: server.href })
  await client.connect()
  await client.query(`drop database if exists ${name} with (force)`)
  await client.query(`create database ${name}`)
  await client.end()
  const url = new URL(server.href)
  url.pathname = `/${name}`
  return url.href
}

async function copyOfTheSame(ingested: string): Promise<number> {
  const source = new pg.Client({ connectionString: ingested })
  await source.connect()
  const rows = new Map<string, Buffer>()
  for (const table of factTables) rows.set(table, await dumped(source, table))
  const users = await dumped(source, 'users')
  await source.end()
  const copied = await newDatabase('bench_copy')
  await (await startReceiver({ DATABASE_URL: copied })).stop()
  const client = new pg.Client({ connectionString: copied })
  await client.connect()
  await client.query('set synchronous_commit = on')
  await load(client, 'users', users)
  const took = await timed(async () => {
    for (const [table, bytes] of rows) await load(client, table, bytes)
  })
  await client.end()
  return took
}

async function dumped(client: pg.Client, table: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  await pipeline(client.query(copyTo(`copy (select * from ${table}) to stdout`)), sink)
  return Buffer.concat(chunks)
}

async function load(client: pg.Client, table: string, bytes: Buffer): Promise<void> {
  await pipeline(Readable.from([bytes]), client.query(copyFrom(`copy ${table} from stdin`)))
}
