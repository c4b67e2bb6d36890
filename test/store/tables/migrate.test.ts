import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { checkMigrated, planMigration } from '../../../src/store/tables/migrate.ts'
import { outcomeOf } from '../../support/command.ts'
import { configOf } from '../../support/config.ts'
import { openTestDatabase } from '../../support/fresh-ledger.ts'
import { migratedDefault } from '../../support/migrated.ts'
import { smallRun, tracesRequest } from '../../support/otlp.ts'
import { describeTables, makePlatform, type Variant } from '../../support/platform.ts'
import { connect, emptyDatabase, freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { openTestReceiver } from '../../support/receiver.ts'
import { sendAll } from '../../support/send.ts'

function migrateAll({ url }: TestDatabase): Promise<readonly string[]> {
  return migratedDefault(configOf({ DATABASE_URL: url }))
}

async function partitionAll({ url }: TestDatabase): Promise<void> {
  expect(await outcomeOf(['partition'], { DATABASE_URL: url })).toMatchObject({ code: 0 })
}

async function planOf({ url }: TestDatabase): Promise<string> {
  const { code, output } = await outcomeOf(['migrate', '--plan'], { DATABASE_URL: url })
  expect(code).toBe(0)
  return output
}

describe('migrate --plan', () => {
  const makers: Record<string, (client: pg.Client) => Promise<unknown>> = {
    'an empty database': async () => {},
    'an empty database with uuid-ossp': (client) => client.query('create extension "uuid-ossp"'),
    'a platform with newer tables': (client) => makePlatform(client, 'newer'),
    'a platform with older tables': (client) => makePlatform(client, 'older'),
  }

  test.each(Object.entries(makers))(
    'of %s changes nothing; run by hand, it does what migrate does',
    async (_, make) => {
      await using planned = await emptyDatabase()
      await using migrated = await emptyDatabase()
      await using byHand = await connect(planned.url)
      await using byCommand = await connect(migrated.url)
      await make(byHand)
      await make(byCommand)
      const before = await describeTables(byHand)
      const plan = await planOf(planned)
      expect(await describeTables(byHand)).toEqual(before)
      for (const line of plan.split('\n').filter((line) => /^-- \d/.test(line))) expect(line).toMatch(/^-- \d{3}_\w+$/)
      await byHand.query(plan)
      await migrateAll(migrated)
      // tables that are created with the plan are partitioned by another command; a platform's only when asked
      if (plan.includes('-- months')) await partitionAll(planned)
      expect(await describeTables(byHand)).toEqual(await describeTables(byCommand))
      expect(await planOf(planned)).toBe('-- The tables are up to date: there is nothing to do.\n')
      expect(await migrateAll(planned)).toEqual([])
    },
  )
})

/** The tables as these steps made them, when they named the schema of the books and had several statements in one. */
async function makeEarlierTables(client: pg.Client, steps: readonly string[]): Promise<void> {
  await client.query(
    'create schema spanledger; create table spanledger.migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())',
  )
  for (const name of steps) {
    const folder = path.join(import.meta.dirname, '..', '..', 'support', 'earlier-migrations')
    const sql = readFileSync(path.join(folder, `${name}.sql`), 'utf8')
    await client.query(sql)
    await client.query('insert into spanledger.migrations (name, checksum) values ($1, $2)', [
      name,
      createHash('sha256').update(sql).digest('hex'),
    ])
  }
}

const allEarlier = ['000_adopted', '001_tables', '002_ledger', '003_reports', '004_adopted']

test.each([
  { steps: ['001_tables', '002_ledger'], pending: ['000_adopted', '003_reports', '004_adopted'] },
  { steps: allEarlier, pending: [] },
])('a database of $steps in their earlier form becomes what a new one is', async ({ steps, pending }) => {
  await using old = await emptyDatabase()
  await using fresh = await emptyDatabase()
  await using client = await connect(old.url)
  await using other = await connect(fresh.url)
  await makeEarlierTables(client, steps)
  const applied = await migrateAll(old)
  expect(applied.filter((name) => allEarlier.includes(name))).toEqual(pending)
  await migrateAll(fresh)
  await partitionAll(old)
  expect(await describeTables(client)).toEqual(await describeTables(other))
})

test.each(['', 'acme'])(
  'each step is a list of single statements, which Citus sends on whole (tenant %j)',
  async (tenant) => {
    await using stepwise = await emptyDatabase()
    await using client = await connect(stepwise.url)
    await using database = openTestDatabase(stepwise.url)
    await client.query('begin')
    for (const { name, statements } of await planMigration(database.forTenant(tenant))) {
      // the extended protocol refuses a text of several statements
      for (const text of statements)
        await client.query({ text, queryMode: 'extended' } as pg.QueryConfig).catch((error: unknown) => {
          throw new Error(`${name}: ${text}`, { cause: error })
        })
    }
    await client.query('commit')
    await checkMigrated(database.forTenant(tenant))
  },
)

test('the defaults of ids stay what they are', async () => {
  await using database = await emptyDatabase()
  await using client = await connect(database.url)
  await client.query(`
    create extension "uuid-ossp";
    create table users (id uuid primary key default gen_random_uuid(), external_id varchar(255) unique not null)`)
  await migrateAll(database)
  const { rows } = await client.query(
    "select table_name, column_default from information_schema.columns where column_name = 'id' and table_name in ('users', 'token_usage') order by 1",
  )
  expect(rows).toEqual([
    { table_name: 'token_usage', column_default: 'uuid_generate_v4()' },
    { table_name: 'users', column_default: 'gen_random_uuid()' },
  ])
})

test('the ledger is compressed with lz4 in all partitions where the server has it', async () => {
  await using fresh = await freshDatabase()
  await using client = await connect(fresh.url)
  const { rows } = await client.query(`
    select c.relname as part, attcompression = 'l' as compressed,
      (select 'lz4' = any (enumvals) from pg_settings where name = 'default_toast_compression') as possible
    from pg_partition_tree('spanledger.ledger') t join pg_class c on c.oid = t.relid
    join pg_attribute a on (a.attrelid, a.attname) = (c.oid, 'facts')`)
  expect(rows.length).toBeGreaterThan(3)
  expect(rows.map(({ compressed }) => compressed)).toEqual(rows.map(({ possible }) => possible))
})

test('a step that fails says which, why, and leaves everything as it was', async () => {
  await using database = await emptyDatabase()
  await using client = await connect(database.url)
  await makePlatform(client, 'newer')
  await client.query(
    'drop index uq_event_logs_wf_type_seq; insert into event_logs (workflow_id, type, seq) values (1, 2, 3), (1, 2, 3)',
  )
  const before = await describeTables(client)
  const { code, output } = await outcomeOf(['migrate'], { DATABASE_URL: database.url })
  expect(code).toBe(2)
  expect(output).toMatch(/^the step 001_tables can't be taken .* nothing was changed: .*uq_event_logs_wf_type_seq/)
  expect(await describeTables(client)).toEqual(before)
})

test.each<Variant>(['newer', 'older'])(
  'tables in a schema of the platform (%s) are found along the search path',
  async (variant) => {
    await using database = await emptyDatabase()
    await using admin = await connect(database.url)
    await admin.query('create schema platform')
    const url = `${database.url}?options=-csearch_path%3Dplatform%2Cpublic`
    await using client = await connect(url)
    await makePlatform(client, variant)
    await using receiver = await openTestReceiver(url)
    expect(await sendAll([tracesRequest(smallRun('wf'))], [receiver.http])).toMatchObject({ ok: 1, rejected: 0 })
    const { rows } = await admin.query("select total_tokens from platform.task_executions where workflow_id = 'wf'")
    expect(rows).toEqual([{ total_tokens: 15 }])
    expect((await admin.query("select to_regclass('public.token_usage') as there")).rows).toEqual([{ there: null }])
  },
)

test("a database's own tables with the names of the books are left alone", async () => {
  await using database = await emptyDatabase()
  await using client = await connect(database.url)
  await makePlatform(client, 'newer')
  for (const name of ['migrations', 'traces', 'ledger', 'workflows', 'days', 'reports', 'shares'])
    await client.query(`create table ${name} (own text); insert into ${name} values ('own')`)
  await using receiver = await openTestReceiver(database.url)
  expect(await sendAll([tracesRequest(smallRun('wf'))], [receiver.http])).toMatchObject({ ok: 1, rejected: 0 })
  const { rows } = await client.query(
    "select (select count(*) from spanledger.workflows where workflow = 'wf')::int as books, (select total_tokens from task_executions where workflow_id = 'wf') as facts, (select jsonb_agg(own) from (select * from migrations union all select * from workflows union all select * from days) own) as own",
  )
  expect(rows).toEqual([{ books: 1, facts: 15, own: ['own', 'own', 'own'] }])
})
