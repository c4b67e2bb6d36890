import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BadRow, type Database } from '../../../src/store/database.ts'
import { databaseOnPglite } from '../../../src/store/embedded/external-pglite.ts'
import { BinaryRows } from '../../../src/store/tables/binary-copy.ts'

let pglite: PGlite
let database: Database

beforeAll(async () => {
  pglite = await PGlite.create()
  database = databaseOnPglite(pglite)
  await pglite.exec('create table t (n int8, word varchar(5))')
})
afterAll(() => pglite.close())

test('values are those of node-postgres, and what the app reads stays as PGlite gives it', async () => {
  const sql = 'select 9007199254740993::int8 as n, array[1, null]::int8[] as list'
  const read = await database.transaction((session) => session.query(sql))
  expect(read).toEqual([{ n: '9007199254740993', list: ['1', null] }])
  const [row] = await database.transaction((session) =>
    session.query('select $1::int8 as n, $2::text[] as t', [3n, ['"']]),
  )
  expect(row).toEqual({ n: '3', t: ['"'] })
  expect((await pglite.query('select 3::int8 as n')).rows).toEqual([{ n: 3 }])
})

test('rows are copied, and a refused one is named', async () => {
  const copy = (...words: string[]) => {
    const rows = new BinaryRows()
    for (const word of words) {
      rows.row(2)
      rows.int8(1)
      rows.text(word)
    }
    return database.transaction((session) => session.copy('t', ['n', 'word'], rows.finish()))
  }
  await copy('one', 'two')
  const failing = copy('one', 'too long')
  await expect(failing).rejects.toBeInstanceOf(BadRow)
  await expect(failing).rejects.toMatchObject({ table: 't', line: 2 })
  expect((await pglite.query('select count(*)::int as n from t')).rows).toEqual([{ n: 2 }])
})

test('a transaction has its lock limit and waits for the disk; PGlite stays open', async () => {
  const settings = database.transaction(
    (session) =>
      session.query("select current_setting('lock_timeout') as l, current_setting('synchronous_commit') as s"),
    { lockTimeoutMs: 100, statementTimeoutMs: 0 },
  )
  expect(await settings).toEqual([{ l: '100ms', s: 'on' }])
  await database[Symbol.asyncDispose]()
  expect(pglite.closed).toBe(false)
})
