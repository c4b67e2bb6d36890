import { expect, test } from 'vitest'
import { Unavailable } from '../../src/errors.ts'
import { BadEntry } from '../../src/store/database.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { insert, type Table } from '../../src/store/tables/table.ts'
import { connect, emptyDatabase } from '../support/postgres.ts'

const words: Table<{ readonly word: string }> = {
  name: 'words',
  columns: [{ name: 'word', type: 'text', value: ({ word }) => word }],
}

test('a row that is refused by COPY comes back with its entry', async () => {
  await using fresh = await emptyDatabase()
  await using database = openPostgres({ url: fresh.url, connections: 1, connectTimeoutMs: 60_000, description: 'test' })
  await database.transaction((session) => session.query('create table words (word varchar(5))'))
  const entries = [{ word: 'short' }, { word: 'too long' }]
  const error = await database
    .transaction((session) => insert(session, words, entries))
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(BadEntry)
  expect(error).toMatchObject({ table: 'words', line: 2, entry: entries[1] })
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
