import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { fillTasks } from './fill.ts'
import { startReceiver } from './receiver.ts'
import type { BenchServer } from './server.ts'

const factTables = ['task_executions', 'event_logs', 'token_usage', 'tool_executions', 'agent_executions']

/** The rows that one connection copies: what every other way to write them is compared with. */
export interface FinishedRows {
  readonly users: Buffer
  readonly tables: ReadonlyMap<string, Buffer>
}

/** Reads the rows that a receiver has written. */
export async function readFinishedRows(url: string): Promise<FinishedRows> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const tables = new Map<string, Buffer>()
  for (const table of factTables) tables.set(table, await dumped(client, table))
  const users = await dumped(client, 'users')
  await client.end()
  return { users, tables }
}

/** Opens a connection to a new database that has our tables, and runs `work` with a function that copies the rows. */
export async function copyInto<T>(
  server: BenchServer,
  { users, tables }: FinishedRows,
  work: (copy: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const url = await server.newDatabase('bench_copy')
  await (await startReceiver({ DATABASE_URL: url })).stop()
  await fillTasks(url)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('set synchronous_commit = on')
  await load(client, 'users', users)
  const result = await work(async () => {
    for (const [table, bytes] of tables) await load(client, table, bytes)
  })
  await client.end()
  return result
}

async function dumped(client: pg.Client, table: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  await pipeline(client.query(copyTo(`copy (${measuredRows(table)}) to stdout`)), sink)
  return Buffer.concat(chunks)
}

/** The round of spans whose rows are not copied. */
export const notCopied = 'first'

/** All rows but those of earlier tasks, which are in the tables that rows are copied to, and of the round `notCopied`. */
function measuredRows(table: string): string {
  if (table === 'users') return 'select * from users'
  return `select * from ${table} where workflow_id not like 'earlier-%' and workflow_id not like 'wf-${notCopied}%'`
}

async function load(client: pg.Client, table: string, bytes: Buffer): Promise<void> {
  await pipeline(Readable.from([bytes]), client.query(copyFrom(`copy ${table} from stdin`)))
}
