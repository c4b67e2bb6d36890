import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { threadLimits } from '../../../../src/store/embedded/thread/pglite-thread.ts'
import { freshFolder, freshTables } from '../../../support/embedded.ts'

const script = path.join(import.meta.dirname, '..', '..', '..', '..', 'src/store/embedded/thread/pglite-worker.mjs')

/** A running worker on a folder, and its answers to messages. */
async function start(folder: string) {
  const worker = new Worker(script, { workerData: { folder }, execArgv: [], resourceLimits: threadLimits })
  const [ready] = await once(worker, 'message')
  expect(ready).toEqual({ ready: true })
  const ask = async (sql: string, values?: readonly string[]) => {
    worker.postMessage({ id: 5, statement: { sql, values } })
    const [answer] = await once(worker, 'message')
    return answer
  }
  return { worker, ask }
}

test('a folder without a database gets one, whatever a crash has left', async () => {
  await using folder = await freshFolder()
  await mkdir(path.join(folder.path, 'database.making'), { recursive: true })
  await writeFile(path.join(folder.path, 'database.making', 'PG_VERSION'), 'half')
  const { worker, ask } = await start(folder.path)
  expect(await ask('select 1 as one')).toEqual({ id: 5, rows: [{ one: 1 }], bytes: [] })
  expect(await readdir(folder.path)).toEqual(['database'])
  worker.postMessage({ close: true })
  expect(await once(worker, 'exit')).toEqual([0])
})

test('law 1: a COMMIT waits for the disk', async () => {
  await using folder = await freshTables()
  const { worker, ask } = await start(folder.path)
  const settings =
    "select string_agg(name || '=' || setting, ' ' order by name) as s from pg_settings where name in ($1, $2, $3)"
  const { rows } = await ask(settings, ['fsync', 'wal_sync_method', 'synchronous_commit'])
  expect(rows).toEqual([{ s: 'fsync=on synchronous_commit=on wal_sync_method=fsync' }])
  await worker.terminate()
})

test('columns of bytes are named; an error of a statement is answered with its code', async () => {
  await using folder = await freshTables()
  const { worker, ask } = await start(folder.path)
  expect((await ask("select '\\x00'::bytea as a, 1 as b, array['\\x00'::bytea] as c")).bytes).toEqual(['a', 'c'])
  expect(await ask('select 1 / 0')).toEqual({ id: 5, error: { message: 'division by zero', code: '22012' } })
  expect((await ask("select 9007199254740993::int8 as n, '2026-02-03'::date as d")).rows).toEqual([
    { n: '9007199254740993', d: new Date(2026, 1, 3) },
  ])
  await worker.terminate()
})

test('after an error of WASM itself the thread ends', async () => {
  await using folder = await freshTables()
  const { worker, ask } = await start(folder.path)
  const exited = once(worker, 'exit')
  const answer = await ask(
    `create function f(n int) returns int language plpgsql as 'begin return f(n + 1); end'; select f(1)`,
  )
  expect(answer.error.code).toBeUndefined()
  expect(await exited).toEqual([1])
})
