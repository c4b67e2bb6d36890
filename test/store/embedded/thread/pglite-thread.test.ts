import { expect, test } from 'vitest'
import { startPgliteThread } from '../../../../src/store/embedded/thread/pglite-thread.ts'
import { freshTables } from '../../../support/embedded.ts'

test('statements are run in their order, and their values are those of the driver', async () => {
  await using folder = await freshTables()
  await using thread = await startPgliteThread(folder.path)
  const made = thread.send({ sql: 'create table t (n int4, b bytea[])' }, 0)
  const inserted = thread.send({ sql: 'insert into t values ($1, $2)', values: ['7', '{"\\\\x00ff",NULL}'] }, 0)
  const read = thread.send({ sql: 'select n, b from t', values: [] }, 0)
  expect(await Promise.all([made, inserted, read])).toEqual([[], [], [{ n: 7, b: [Buffer.from([0, 255]), null] }]])
  const [row] = (await read) as [{ b: unknown[] }]
  expect(row.b[0]).toBeInstanceOf(Buffer)
  expect(thread.hasEnded()).toBe(false)
})

test('a statement that fails leaves the thread as it is', async () => {
  await using folder = await freshTables()
  await using thread = await startPgliteThread(folder.path)
  await expect(thread.send({ sql: 'select 1 / 0' }, 0)).rejects.toMatchObject({ code: '22012' })
  expect(await thread.send({ sql: 'select 1 as one' }, 0)).toEqual([{ one: 1 }])
})

test('a statement that takes too long ends the thread, and those behind it', async () => {
  await using folder = await freshTables()
  await using thread = await startPgliteThread(folder.path)
  const long = thread.send({ sql: 'select count(*) from generate_series(1, 10000000000)' }, 100)
  const behind = thread.send({ sql: 'select 1' }, 0)
  await expect(long).rejects.toMatchObject({
    code: '57014',
    message: expect.stringMatching(/^it took longer than 100 ms/),
  })
  await expect(behind).rejects.toMatchObject({ code: '57014' })
  expect(thread.hasEnded()).toBe(true)
  await expect(thread.send({ sql: 'select 1' }, 0)).rejects.toThrow('the thread of the embedded database has ended')
})
