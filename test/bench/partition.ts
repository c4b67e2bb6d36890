/**
 * Partitions a filled database while two receivers write to it, says how long they kept their senders waiting meanwhile,
 * and holds its rows against those of a database that was partitioned from the start. `npm run bench:partition`;
 * BENCH_TASKS changes how many tasks it is filled with, BENCH_REQUESTS how many requests of 512 spans are sent.
 */

import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { makeCluster, startPostgres } from '../support/postgres.ts'
import { encodedLoad, idOnEverySpan } from './load.ts'
import { type RunningReceiver, startReceiver } from './receiver.ts'
import { sendAll } from './senders.ts'

const tasks = Number(process.env.BENCH_TASKS ?? 300_000)
const requests = Number(process.env.BENCH_REQUESTS ?? 60)
const factTables = ['task_executions', 'event_logs', 'token_usage', 'tool_executions', 'agent_executions']
/** Columns that say when a row was made: of all tables, and of some. */
const notCompared = ['updated_at']
const made: Record<string, readonly string[]> = { task_executions: ['created_at'], event_logs: ['created_at'] }

const cluster = await makeCluster()
const server = await startPostgres([], cluster)
try {
  const plain = await newDatabase('plain')
  const partitioned = await newDatabase('partitioned')
  await makeTables(plain, partitioned)
  for (const url of [plain, partitioned]) await fill(url)
  console.log(`${tasks} tasks, ${4 * tasks} events, ${tasks} calls`)
  const alone = await load(partitioned, async () => {})
  console.log(`senders, nothing else running: longest wait ${alone.toFixed(0)} ms`)
  const beside = await load(plain, async () => {
    await pause(500)
    const start = performance.now()
    await spanledger(plain, 'partition')
    console.log(`partitioned in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  })
  console.log(`senders beside it: longest wait ${beside.toFixed(0)} ms`)
  for (const table of factTables) await compare(table, plain, partitioned)
} finally {
  await server[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
}

async function newDatabase(name: string): Promise<string> {
  await query(server.url, `create database ${name}`)
  const url = new URL(server.url)
  url.pathname = name
  return url.href
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const result = (await client.query(sql)) as pg.QueryResult | pg.QueryResult[]
    return Array.isArray(result) ? result.at(-1)!.rows : result.rows
  } finally {
    await client.end()
  }
}

async function spanledger(url: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: url }
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/cli.js', ...args], { env })
  return stdout
}

/** The plan of a migration makes tables that are not partitioned, as an earlier version did. */
async function makeTables(plain: string, partitioned: string): Promise<void> {
  await query(plain, await spanledger(plain, 'migrate', '--plan'))
  await spanledger(partitioned, 'migrate')
}

/** Rows of the last year, as another program may have written them. */
async function fill(url: string): Promise<void> {
  const when = `timestamptz '2026-01-01' + n * interval '${(300 * 86_400) / tasks} seconds'`
  const id = (kind: string) => `md5('${kind}' || n)::uuid`
  await query(
    url,
    `insert into task_executions (id, workflow_id, query, status, started_at)
       select ${id('task')}, 'filled-' || n, 'q', 'COMPLETED', ${when} from generate_series(1, ${tasks}) n;
     insert into event_logs (id, workflow_id, task_id, type, message, timestamp, seq)
       select md5('event' || n || ' ' || e)::uuid, 'filled-' || n, ${id('task')}, 'x', 'm', ${when}, e
       from generate_series(1, ${tasks}) n, generate_series(1, 4) e;
     insert into token_usage (id, task_id, provider, model, prompt_tokens, completion_tokens, total_tokens, cost_usd, created_at)
       select ${id('call')}, ${id('task')}, 'p', 'm', 1, 1, 2, 0, ${when} from generate_series(1, ${tasks}) n`,
  )
}

/** Sends through two receivers while something else runs; returns the longest time that one request took, in ms. */
async function load(url: string, beside: () => Promise<void>): Promise<number> {
  const receivers = await Promise.all([startReceiver({ DATABASE_URL: url }), startReceiver({ DATABASE_URL: url })])
  const other = beside()
  let longest = 0
  let done = false
  other.then(() => {
    done = true
  })
  // until the other has ended, the same requests come again: they are duplicates
  do longest = Math.max(longest, ...(await Promise.all(receivers.map(sendRequests))))
  while (!done)
  await other
  await Promise.all(receivers.map((receiver) => receiver.stop()))
  return longest
}

async function sendRequests(to: RunningReceiver, receiver: number): Promise<number> {
  let longest = 0
  for (const body of encodedLoad(idOnEverySpan, requests, `r${receiver}`).bodies) {
    const start = performance.now()
    await sendAll(to, idOnEverySpan, [body], 1)
    longest = Math.max(longest, performance.now() - start)
  }
  return longest
}

async function compare(table: string, plain: string, partitioned: string): Promise<void> {
  const columns = `to_jsonb(t) - '{${[...notCompared, ...(made[table] ?? [])]}}'::text[]`
  const sql = `select count(*)::int as n, md5(string_agg(md5((${columns})::text), '' order by id)) as hash from ${table} t`
  const [[a], [b]] = await Promise.all([query(plain, sql), query(partitioned, sql)])
  console.log(`${table}: ${a!.n} rows, ${a!.hash === b!.hash ? 'equal' : 'NOT EQUAL'}`)
  if (a!.hash !== b!.hash) process.exitCode = 1
}
