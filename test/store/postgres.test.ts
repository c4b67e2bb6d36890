import pg from 'pg'
import { expect, test } from 'vitest'
import { Unavailable } from '../../src/errors.ts'
import { databaseOnPool, openPostgres } from '../../src/store/postgres.ts'
import { openTestDatabase } from '../support/fresh-ledger.ts'
import { connect, emptyDatabase } from '../support/postgres.ts'

test('a transaction commits what its work did, and nothing when the work throws', async () => {
  await using fresh = await emptyDatabase()
  await using database = openTestDatabase(fresh.url)
  await database.transaction((session) => session.query('create table t (n int)'))
  const failing = database.transaction(async (session) => {
    await session.query('insert into t values (1)')
    throw new Unavailable('changed my mind')
  })
  await expect(failing).rejects.toThrow('changed my mind')
  await database.transaction((session) => session.query('insert into t values ($1)', [2]))
  expect(await database.transaction((session) => session.query('select n from t'))).toEqual([{ n: 2 }])
})

test('a transaction begins with its limits, and waits for the disk', async () => {
  await using fresh = await emptyDatabase()
  await using database = openTestDatabase(`${fresh.url}?options=-csynchronous_commit%3Doff`)
  const settings = (limits?: Parameters<typeof database.transaction>[1]) =>
    database.transaction(async (session) => {
      const names = ['lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'synchronous_commit']
      const all = [...names, 'transaction_isolation', 'application_name']
      const rows = await session.query<{ value: string }>(
        'select current_setting(name) as value from unnest($1::text[]) with ordinality as n (name, i) order by i',
        [all],
      )
      return rows.map(({ value }) => value)
    }, limits)
  expect(await settings()).toEqual(['2s', '30s', '30s', 'on', 'read committed', 'spanledger'])
  const limits = { lockTimeoutMs: 100, statementTimeoutMs: 5_000 }
  expect((await settings(limits)).slice(0, 3)).toEqual(['100ms', '5s', '5s'])
})

test('a transaction that takes longer than its whole time is ended', async () => {
  await using fresh = await emptyDatabase()
  await using database = openTestDatabase(fresh.url)
  const limits = { lockTimeoutMs: 0, statementTimeoutMs: 0, wholeMs: 100 }
  const sleeping = database.transaction((session) => session.query('select pg_sleep(3600)'), limits)
  await expect(sleeping).rejects.toBeInstanceOf(Unavailable)
})

test('a connection that breaks between two statements fails the transaction, not the process', async () => {
  await using fresh = await emptyDatabase()
  await using client = await connect(fresh.url)
  await using database = openPostgres({ url: fresh.url, connections: 1, connectTimeoutMs: 60_000, description: 'test' })
  const broken = database.transaction(async (session) => {
    const [row] = await session.query<{ pid: number }>('select pg_backend_pid() as pid')
    await client.query('select pg_terminate_backend($1, 5000)', [row!.pid])
    await new Promise((resolve) => setImmediate(resolve))
    await session.query('select 1')
  })
  await expect(broken).rejects.toThrow(Unavailable)
  expect(await database.transaction((session) => session.query('select 1 as one'))).toEqual([{ one: 1 }])
})

test('a pool of the app stays open', async () => {
  await using fresh = await emptyDatabase()
  const pool = new pg.Pool({ connectionString: fresh.url })
  const database = databaseOnPool(pool, { description: 'a pool' })
  expect(await database.transaction((session) => session.query('select 1 as one'))).toEqual([{ one: 1 }])
  await database[Symbol.asyncDispose]()
  expect((await pool.query('select 2 as two')).rows).toEqual([{ two: 2 }])
  await pool.end()
})
