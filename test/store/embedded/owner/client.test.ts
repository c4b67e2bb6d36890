import { expect, test } from 'vitest'
import { BadRow, databaseOver } from '../../../../src/store/database.ts'
import { connectAsClient } from '../../../../src/store/embedded/owner/client.ts'
import { fakeOwner } from './fake-thread.ts'

const clientFor = (folder: string) => databaseOver(connectAsClient(folder, 'the description', async () => null))

test('a transaction sends its statements to the owner, between BEGIN and COMMIT', async () => {
  await using owner = await fakeOwner()
  await using client = clientFor(owner.folder)
  expect(client.description).toBe('the description')
  const rows = await client.transaction(async (session) => {
    await session.copy('t', ['a', 'b'], Buffer.from('rows'))
    return session.query('select $1', [7])
  })
  expect(rows).toEqual([{ sql: 'select $1' }])
  const [begin, copy, select, commit] = owner.statements
  expect(begin!.sql).toMatch(/^begin isolation level read committed; set local lock_timeout = 2000;/)
  expect(copy).toMatchObject({ sql: "copy t (a, b) from '/dev/blob' with (format binary)" })
  expect(Buffer.from(copy!.blob!).toString()).toBe('rows')
  expect(select).toEqual({ sql: 'select $1', values: ['7'] })
  expect(commit).toEqual({ sql: 'commit' })
})

test('the error of a statement is that of PostgreSQL', async () => {
  const answer = async ({ sql }: { sql: string }) => {
    if (sql === 'bad') throw Object.assign(new Error('too long'), { code: '22001', where: 'COPY t, line 3, column a' })
    return []
  }
  await using owner = await fakeOwner({ answer })
  const failing = clientFor(owner.folder).transaction((session) => session.query('bad'))
  await expect(failing).rejects.toBeInstanceOf(BadRow)
  await expect(failing).rejects.toMatchObject({ table: 't', line: 3 })
  expect(owner.statements.map(({ sql }) => sql)).not.toContain('commit')
})
