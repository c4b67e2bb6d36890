import { expect, test } from 'vitest'
import { Misconfigured, Unavailable } from '../../../src/errors.ts'
import { awaitInOrder } from '../../../src/store/database.ts'
import { databaseOnPool, openPostgres } from '../../../src/store/postgres/postgres.ts'
import { insert, type Table } from '../../../src/store/tables/table.ts'
import { hasBouncer, startBouncer } from '../../support/bouncer.ts'
import { openTestDatabase } from '../../support/fresh-ledger.ts'
import { expectLateAnswers } from '../../support/late-answers.ts'
import { connect, emptyDatabase, openPool } from '../../support/postgres.ts'

const numbers: Table<number> = { name: 't', columns: [{ name: 'n', type: 'int4', value: (n) => n }] }

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
  expect(await settings()).toEqual(['2s', '30s', '10s', 'on', 'read committed', 'spanledger'])
  const limits = { lockTimeoutMs: 100, statementTimeoutMs: 5_000 }
  expect((await settings(limits)).slice(0, 3)).toEqual(['100ms', '5s', '5s'])
})

test('a connection to a server that takes no writes is not used again, since its address may mean another server', async () => {
  await using fresh = await emptyDatabase()
  await using client = await connect(fresh.url)
  await using database = openTestDatabase(fresh.url)
  await client.query('create table t (n int)')
  const setReadOnly = (value: 'on' | 'off') =>
    client.query(`alter database ${new URL(fresh.url).pathname.slice(1)} set default_transaction_read_only = ${value}`)
  const write = () => database.transaction((session) => session.query('insert into t values (1)'))
  await setReadOnly('on')
  await expect(write()).rejects.toThrow('25006')
  // a session keeps the value that it began with
  await client.query("set default_transaction_read_only = 'off'")
  await setReadOnly('off')
  await write()
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

test('statements that are sent together run in order, and the first error is the one that is thrown', async () => {
  await using fresh = await emptyDatabase()
  await using database = openTestDatabase(fresh.url)
  await database.transaction((session) => session.query('create table t (n int4 check (n < 10))'))
  await database.transaction((session) =>
    awaitInOrder([insert(session, numbers, [1, 2]), session.query('update t set n = n + 1')]),
  )
  expect(await database.transaction((session) => session.query('select n from t'))).toEqual([{ n: 2 }, { n: 3 }])
  const failing = database.transaction((session) =>
    awaitInOrder([session.query('delete from t'), insert(session, numbers, [4, 10]), session.query('select 1')]),
  )
  await expect(failing).rejects.toMatchObject({ name: 'BadEntry', table: 't', line: 2, entry: 10 })
  expect(await database.transaction((session) => session.query('select n from t'))).toEqual([{ n: 2 }, { n: 3 }])
})

test('an error that only follows from another one is not thrown', async () => {
  await using fresh = await emptyDatabase()
  await using database = openTestDatabase(fresh.url)
  await database.transaction((session) => session.query('create table t (n int4 check (n < 10))'))
  const failing = database.transaction((session) =>
    awaitInOrder([
      session.query('select 1').then(() => session.query('select 2')),
      insert(session, numbers, [10]),
      session.query('select 3'),
    ]),
  )
  await expect(failing).rejects.toMatchObject({ name: 'BadEntry', entry: 10 })
})

test.each(['pipelined', 'of an app'])(
  'on connections that are %s, answers that are left for COMMIT are waited for, and an error among them undoes all',
  async (kind) => {
    await using fresh = await emptyDatabase()
    await using pool = openPool(fresh.url)
    await using database =
      kind === 'pipelined' ? openTestDatabase(fresh.url) : databaseOnPool(pool, { description: 'of an app' })
    await expectLateAnswers(database)
  },
)

test('rows that are sent to a table which does not exist leave the connection as it was', async () => {
  await using fresh = await emptyDatabase()
  await using database = openTestDatabase(fresh.url)
  await expect(database.transaction((session) => insert(session, numbers, [1]))).rejects.toThrow(Misconfigured)
  expect(await database.transaction((session) => session.query('select 1 as one'))).toEqual([{ one: 1 }])
})

test.skipIf(!hasBouncer)('rows that PostgreSQL refuses leave a connection through PgBouncer as it was', async () => {
  await using fresh = await emptyDatabase()
  await using bouncer = await startBouncer(fresh.url)
  await using database = openTestDatabase(bouncer.url)
  await database.transaction((session) => session.query('create table t (n int4 check (n < 10))'))
  const failing = database.transaction((session) =>
    awaitInOrder([insert(session, numbers, [10]), session.query('select 1')]),
  )
  await expect(failing).rejects.toMatchObject({ name: 'BadEntry', entry: 10 })
  await database.transaction((session) => insert(session, numbers, [4]))
  expect(await database.transaction((session) => session.query('select n from t'))).toEqual([{ n: 4 }])
})

test('a pool of the app gets one statement after the other, and stays open', async () => {
  await using fresh = await emptyDatabase()
  await using pool = openPool(fresh.url)
  const database = databaseOnPool(pool, { description: 'a pool' })
  const answers = database.transaction((session) =>
    awaitInOrder([session.query('create table t (n int4)'), insert(session, numbers, [1]), session.query('table t')]),
  )
  expect((await answers)[2]).toEqual([{ n: 1 }])
  await database[Symbol.asyncDispose]()
  expect((await pool.query('select 2 as two')).rows).toEqual([{ two: 2 }])
})
