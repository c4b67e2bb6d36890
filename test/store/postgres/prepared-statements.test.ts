import { expect, test } from 'vitest'
import { Unavailable } from '../../../src/errors.ts'
import type { Database, Session, TransactionOptions } from '../../../src/store/database.ts'
import { hasBouncer, startBouncer } from '../../support/bouncer.ts'
import { openTestDatabase } from '../../support/fresh-ledger.ts'
import { emptyDatabase } from '../../support/postgres.ts'

async function ask(session: Session): Promise<number[]> {
  const rows = await session.query<{ n: number | string }>('select n from t where n = any ($1::int[])', [[1, 2]])
  return rows.map(({ n }) => Number(n))
}

/** The names of prepared statements and how they were planned, on the connection of a transaction. */
const prepared = (database: Database) =>
  database.transaction((session) =>
    session.query(
      'select name, generic_plans::int as generic, custom_plans::int as custom from pg_prepared_statements',
    ),
  )

async function askOften(database: Database, options?: TransactionOptions): Promise<void> {
  for (let i = 0; i < 8; i++) expect(await database.transaction(ask, undefined, options)).toEqual([1])
}

test('a statement that is asked often is prepared, and planned at each execution', async () => {
  await using fresh = await emptyDatabase()
  await using database = openTestDatabase(fresh.url)
  await database.transaction((session) => session.query('create table t (n int); insert into t values (1)'))
  await database.transaction(ask)
  expect(await prepared(database)).toEqual([])
  await askOften(database)
  expect(await prepared(database)).toEqual([{ name: 'spanledger_0', generic: 0, custom: 7 }])
})

test('transactions that keep plans plan a statement once a second', async () => {
  await using fresh = await emptyDatabase()
  await using database = openTestDatabase(fresh.url)
  await database.transaction((session) => session.query('create table t (n int); insert into t values (1)'))
  await database.transaction(ask)
  await askOften(database, { keepsPlans: true })
  expect(await prepared(database)).toEqual([{ name: 'spanledger_0', generic: 7, custom: 0 }])
  await askOften(database)
  expect(await prepared(database)).toEqual([{ name: 'spanledger_0', generic: 7, custom: 8 }])
})

test.each([
  ['a column that is given another type', 'alter table t alter n type bigint', '0A000'],
  ['a server that has forgotten its statements', 'deallocate all', '26000'],
])('%s costs one attempt, and nothing is prepared after it', async (_, sql, code) => {
  await using fresh = await emptyDatabase()
  await using database = openTestDatabase(fresh.url)
  await database.transaction((session) => session.query('create table t (n int); insert into t values (1)'))
  await askOften(database)
  await database.transaction((session) => session.query(sql))
  const failed = database.transaction(ask)
  await expect(failed).rejects.toThrow(Unavailable)
  await expect(failed).rejects.toThrow(code)
  await askOften(database)
  expect(await prepared(database)).toEqual([])
})

test.skipIf(!hasBouncer)('behind PgBouncer in transaction mode nothing is prepared', async () => {
  await using fresh = await emptyDatabase()
  await using bouncer = await startBouncer(fresh.url, 1)
  await using database = openTestDatabase(bouncer.url)
  await database.transaction((session) => session.query('create table t (n int); insert into t values (1)'))
  await askOften(database)
  expect(await prepared(database)).toEqual([])
})
