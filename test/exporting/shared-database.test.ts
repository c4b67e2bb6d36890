import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { PostgresLogRecordExporter, PostgresSpanExporter } from '../../src/exporter.ts'
import { connect, emptyDatabase, openPool, startPostgres } from '../support/postgres.ts'
import { ask, countTasks, exporterFor, freshTables, gated } from './databases.ts'
import { exported, listenToDiag, makeTables, patient, runOf, until } from './fixture.ts'

test('E31: the network is not used before the first export', async () => {
  let asked = 0
  const server = createServer((socket) => {
    asked++
    socket.destroy()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const exporter = new PostgresSpanExporter({
    connectionString: `postgres://a@127.0.0.1:${port}/b`,
    timeoutMillis: 100,
  })
  await exporter.forceFlush()
  expect(asked).toBe(0)
  await until('it asks', async () => (await exported(exporter, runOf('asks'))).code === 1 && asked > 0)
  await exporter.shutdown()
  server.close()
})

test('E16: its connections have an application name of their own', async () => {
  const url = await freshTables()
  const exporter = exporterFor(url)
  await exported(exporter, runOf('named'))
  await using client = await connect(url)
  const sql = "select count(*)::int as n from pg_stat_activity where application_name = 'spanledger-exporter'"
  expect((await client.query(sql)).rows[0].n).toBeGreaterThan(0)
})

test('E20: a pool of the app is used and not ended', async () => {
  await using pool = openPool(await freshTables())
  const exporter = new PostgresSpanExporter({ pool, ...patient })
  expect(await exported(exporter, runOf('by-a-pool'))).toEqual({ code: 0 })
  await exporter.shutdown()
  expect((await pool.query('select workflow_id from task_executions')).rows).toEqual([{ workflow_id: 'by-a-pool' }])
})

test('a log exporter shares the connections of a span exporter, also after that is shut down', async () => {
  const url = await freshTables()
  const spans = exporterFor(url)
  const logs = new PostgresLogRecordExporter(spans)
  await spans.shutdown()
  const record = {
    hrTime: [1_790_000_000, 0] as const,
    hrTimeObserved: [1_790_000_000, 0] as const,
    eventName: 'app.said',
    attributes: { workflow_id: 'by-records' },
    resource: { attributes: {} },
    instrumentationScope: { name: 'app' },
    droppedAttributesCount: 0,
  }
  expect(await exported(logs, [record])).toEqual({ code: 0 })
  await logs.shutdown()
  expect(await ask(url, countTasks)).toBe(1)
})

test('E5: the server gives up what the exporter has given up', async () => {
  const url = await freshTables()
  await using holder = await connect(url)
  await holder.query('begin; lock table spanledger.traces in access exclusive mode')
  const exporter = exporterFor(url, { timeoutMillis: 1_000 })
  expect((await exported(exporter, runOf('kept-waiting'))).code).toBe(1)
  const busy =
    "select count(*)::int as value from pg_stat_activity where application_name = 'spanledger-exporter' and state <> 'idle'"
  await until('the server runs no statement of it', async () => (await ask(url, busy)) === 0)
  await holder.query('rollback')
  expect(await ask(url, countTasks)).toBe(0)
})

describe('E6: a retry within the time', () => {
  test('survives a restart of the server', async () => {
    await using server = await startPostgres()
    await makeTables(server.url)
    const exporter = exporterFor(server.url)
    expect((await exported(exporter, runOf('before'))).code).toBe(0)
    await server.stop()
    const results = Array.from({ length: 3 }, (_, i) => exported(exporter, runOf(`during-${i}`)))
    await server.start()
    expect((await Promise.all(results)).map(({ code }) => code)).toEqual([0, 0, 0])
    expect(await ask(server.url, countTasks)).toBe(4)
  })

  test('is not made where it can not help', async () => {
    using diag = listenToDiag()
    await using empty = await emptyDatabase()
    // E39: it doesn't wait for tables: its time-out is longer than that of this test
    const { code, error } = await exported(exporterFor(empty.url, { timeoutMillis: 600_000 }), runOf('no-tables'))
    expect([code, error?.message]).toEqual([1, expect.stringContaining('spanledger migrate')])
    expect(diag.lines.filter((line) => line.includes('spanledger migrate'))).toHaveLength(1)
  })
})

test('E6: an export waits for a server that has no connection free', async () => {
  await using server = await startPostgres(['-c', 'max_connections=4', '-c', 'superuser_reserved_connections=0'])
  await makeTables(server.url)
  using diag = listenToDiag()
  const others: Awaited<ReturnType<typeof connect>>[] = []
  for (;;) {
    const one = await connect(server.url).catch(() => null)
    if (one === null) break
    others.push(one)
  }
  const result = exported(exporterFor(server.url), runOf('crowded'))
  await until('it is refused', () => diag.lines.some((line) => line.includes('53300')))
  for (const other of others.splice(1)) await other.end()
  expect((await result).code).toBe(0)
  expect((await others[0]!.query(countTasks)).rows).toEqual([{ value: 1 }])
  await others[0]!.end()
})

test('E37: after a COMMIT whose answer was lost, no row is there twice', async () => {
  const { gate, url, direct } = await gated(await freshTables())
  await using client = await connect(direct)
  // a COMMIT that takes until the test releases a lock
  await client.query(`
    create function linger() returns trigger language plpgsql as $$ begin
      while not pg_try_advisory_xact_lock(1) loop perform pg_sleep(0.01); end loop;
      return null;
    end $$;
    create constraint trigger linger after insert on task_executions deferrable initially deferred
      for each row when (new.workflow_id = 'unsure') execute function linger();
    select pg_advisory_lock(1)`)
  const exporter = exporterFor(url)
  const spans = runOf('unsure')
  const result = exported(exporter, spans)
  const committing =
    "select count(*)::int as value from pg_stat_activity where application_name = 'spanledger-exporter' and state = 'active' and query = 'commit'"
  await until('it is at its COMMIT', async () => (await ask<number>(direct, committing)) === 1)
  gate.holdAnswers()
  await client.query('select pg_advisory_unlock(1)')
  await until('it is committed', async () => (await ask<number>(direct, countTasks)) === 1)
  gate.cut()
  expect((await result).code).toBe(0)
  expect((await exported(exporter, spans)).code).toBe(0)
  expect(await ask(direct, countTasks)).toBe(1)
  expect(await ask(direct, 'select count(*)::int as value from token_usage')).toBe(1)
})

test('E40: connections that died while the app was frozen are replaced', async () => {
  const url = await freshTables()
  const exporter = exporterFor(url)
  expect((await exported(exporter, runOf('before'))).code).toBe(0)
  await ask(
    url,
    "select count(pg_terminate_backend(pid)) as value from pg_stat_activity where application_name = 'spanledger-exporter'",
  )
  expect((await exported(exporter, runOf('after'))).code).toBe(0)
  expect(await ask(url, countTasks)).toBe(2)
})

test('E41: an export waits for a standby that becomes a primary', async () => {
  const url = await freshTables()
  const name = new URL(url).pathname.slice(1)
  await using client = await connect(url)
  await client.query(`alter database ${name} set default_transaction_read_only = on`)
  using diag = listenToDiag()
  const result = exported(exporterFor(url), runOf('promoted'))
  await until('it is refused', () => diag.lines.some((line) => line.includes('25006')))
  await client.query(`alter database ${name} set default_transaction_read_only = off`)
  await client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'spanledger-exporter'",
  )
  expect((await result).code).toBe(0)
})
