/**
 * What a steady rate of spans costs: whether it is kept, how soon requests are answered, CPU of the receiver and of
 * PostgreSQL, WAL, and the bytes that a span leaves in each table and its indexes. docs/scale.md reckons with these figures.
 * `npm run bench:scale`.
 *
 * SCALE_RATE (spans a second), SCALE_SECONDS and SCALE_REQUEST (spans a request) change what is sent; DATABASE_URL names a
 * server to use instead of one of its own.
 */

import { textTable } from '../../src/commands/formats/text-table.ts'
import { connect } from '../support/postgres.ts'
import { encodedLoad, idOnEverySpan } from './load.ts'
import { cpuMicros, peakMemory } from './processes.ts'
import { startReceiver } from './receiver.ts'
import { writeResult } from './results.ts'
import { sendAll, sendSteadily } from './senders.ts'
import { openServer } from './server.ts'

const rate = Number(process.env.SCALE_RATE ?? 1_000)
const seconds = Number(process.env.SCALE_SECONDS ?? 60)
const spansPerRequest = Number(process.env.SCALE_REQUEST ?? 100)

/** What a table has kept of the spans, with its partitions and indexes. */
interface TableBytes {
  readonly name: string
  readonly rows: number
  readonly table: number
  readonly indexes: number
}

const bytesByTable = `
  select coalesce(parent.relname, c.relname) as name, sum(c.reltuples)::float8 as rows,
    sum(pg_table_size(c.oid))::float8 as table, sum(pg_indexes_size(c.oid))::float8 as indexes
  from pg_class c left join pg_inherits h on h.inhrelid = c.oid left join pg_class parent on parent.oid = h.inhparent
  where c.relkind = 'r' and c.relnamespace in ('public'::regnamespace, 'spanledger'::regnamespace)
  group by 1 order by sum(pg_total_relation_size(c.oid)) desc`

await using server = await openServer()
const url = await server.newDatabase('bench_scale')
const receiver = await startReceiver({ DATABASE_URL: url })
await sendAll(receiver, idOnEverySpan, encodedLoad(idOnEverySpan, 32, 'warm').bodies)
const empty = await tablesOf(url)
const { bodies, spans } = encodedLoad(
  { ...idOnEverySpan, spansPerRequest },
  (rate * seconds) / spansPerRequest,
  'scale',
)
const before = { ...(await server.usage()), receiver: cpuMicros(receiver.pid) }
const pauseMs = (1000 * spansPerRequest) / rate
const startMs = performance.now()
const took = (await sendSteadily(receiver, idOnEverySpan, bodies, pauseMs)).sort((a, b) => a - b)
const elapsedMs = performance.now() - startMs
const after = { ...(await server.usage()), receiver: cpuMicros(receiver.pid) }
const connections = await connectionsOf(url)
const peak = peakMemory(receiver.pid)
await receiver.stop()
const full = await tablesOf(url)

const tables = full.map((one) => {
  const at = empty.find(({ name }) => name === one.name)!
  const perSpan = (figure: (of: TableBytes) => number) => (figure(one) - figure(at)) / spans
  return {
    name: one.name,
    rows: perSpan(({ rows }) => rows),
    table: perSpan(({ table }) => table),
    indexes: perSpan(({ indexes }) => indexes),
  }
})
const sum = (figure: (of: TableBytes) => number) => tables.reduce((total, one) => total + figure(one), 0)
const figures = {
  spansPerSecond: (spans / elapsedMs) * 1000,
  p50Ms: took[Math.floor(took.length * 0.5)]!,
  p99Ms: took[Math.floor(took.length * 0.99)]!,
  receiverMicros: (after.receiver - before.receiver) / spans,
  postgresMicros: (after.cpuMicros - before.cpuMicros) / spans,
  walBytes: (after.walBytes - before.walBytes) / spans,
  rows: sum(({ rows }) => rows),
  tableBytes: sum(({ table }) => table),
  indexBytes: sum(({ indexes }) => indexes),
  connections,
  peakMegabytes: peak / 1e6,
}
console.log(
  textTable(
    ['a span leaves', 'rows', 'bytes', 'bytes of indexes'],
    tables
      .filter(({ table, indexes }) => table + indexes >= 1)
      .map(({ name, rows, table, indexes }) => [name, rows.toFixed(2), table.toFixed(0), indexes.toFixed(0)]),
  ),
)
console.log(
  textTable(
    [`${rate} spans/s for ${seconds} s`, ''],
    Object.entries(figures).map(([name, value]) => [name, value.toPrecision(4)]),
  ),
)
await writeResult(`${rate} spans/s for ${seconds} s`, figures)

async function tablesOf(database: string): Promise<TableBytes[]> {
  await using client = await connect(database)
  await client.query('vacuum analyze')
  return (await client.query<TableBytes>(bytesByTable)).rows
}

async function connectionsOf(database: string): Promise<number> {
  await using client = await connect(database)
  const { rows } = await client.query<{ count: number }>(
    "select count(*)::int as count from pg_stat_activity where application_name = 'spanledger' and datname = current_database()",
  )
  return rows[0]!.count
}
