import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ExporterOptions, PostgresSpanExporter } from '../../src/exporter.ts'
import { type Gate, openGate } from '../support/gate.ts'
import { connect, freshDatabase, startPostgres } from '../support/postgres.ts'
import { beforeTimer, exported, listenToDiag, makeTables, patient, runOf, until } from './apps.ts'

/** An exporter that ends with the test and, unless it is told otherwise, is given all the time it needs. */
function exporterFor(url: string, options: ExporterOptions = {}): PostgresSpanExporter {
  const exporter = new PostgresSpanExporter({ connectionString: url, ...patient, ...options })
  onTestFinished(() => exporter.shutdown())
  return exporter
}

async function freshTables(): Promise<string> {
  const database = await freshDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  await makeTables(database.url)
  return database.url
}

async function ask<T>(url: string, sql: string): Promise<T> {
  await using client = await connect(url)
  const { rows } = await client.query(sql)
  return rows[0]?.value as T
}

const tasks = 'select count(*)::int as value from task_executions'

/** The database behind a gate; `direct` leads past it. */
async function gated(direct: string): Promise<{ readonly gate: Gate; readonly url: string; readonly direct: string }> {
  const gate = await openGate()
  onTestFinished(() => gate[Symbol.asyncDispose]())
  const through = new URL(direct)
  gate.leadTo(Number(through.port))
  through.port = String(gate.port)
  return { gate, url: through.href, direct }
}

describe('E4: an export ends within its time', () => {
  test('when nobody answers', async () => {
    const { gate, url } = await gated(await freshTables())
    gate.letWait()
    const result = exported(exporterFor(url, { timeoutMillis: 1_500 }), runOf('unheard'))
    const { code, error } = await beforeTimer(1_500, result)
    expect([code, error?.message]).toEqual([1, expect.stringContaining('the database')])
  })

  test('when the answers stop in the middle', async () => {
    const { gate, url } = await gated(await freshTables())
    const exporter = exporterFor(url, { timeoutMillis: 2_000 })
    await until('it is connected', async () => (await exported(exporter, runOf('heard'))).code === 0)
    gate.holdAnswers()
    const result = exported(exporter, runOf('unheard'))
    expect((await beforeTimer(2_000, result)).code).toBe(1)
    gate.cut()
    await until('it goes on by new connections', async () => (await exported(exporter, runOf('again'))).code === 0)
  })
})

test('E5: what is given up is given up by the server, too', async () => {
  const url = await freshTables()
  await using holder = await connect(url)
  await holder.query('begin; lock table spanledger.traces in access exclusive mode')
  const exporter = exporterFor(url, { timeoutMillis: 1_000 })
  expect((await exported(exporter, runOf('kept-waiting'))).code).toBe(1)
  const busy =
    "select count(*)::int as value from pg_stat_activity where application_name = 'spanledger-exporter' and state <> 'idle'"
  await until('nothing of it is at work', async () => (await ask(url, busy)) === 0)
  await holder.query('rollback')
  expect(await ask(url, tasks)).toBe(0)
})

describe('E6: a retry within the time', () => {
  test('rides out a restart of the server', async () => {
    await using server = await startPostgres()
    await makeTables(server.url)
    const exporter = exporterFor(server.url)
    expect((await exported(exporter, runOf('before'))).code).toBe(0)
    await server.stop()
    const results = Array.from({ length: 3 }, (_, i) => exported(exporter, runOf(`during-${i}`)))
    await server.start()
    expect((await Promise.all(results)).map(({ code }) => code)).toEqual([0, 0, 0])
    expect(await ask(server.url, tasks)).toBe(4)
  })

  test('is not made for what no retry helps', async () => {
    using diag = listenToDiag()
    await using empty = await freshDatabase()
    // E39: it does not wait for tables, for which it would have longer than this test
    const { code, error } = await exported(exporterFor(empty.url, { timeoutMillis: 600_000 }), runOf('no-tables'))
    expect([code, error?.message]).toEqual([1, expect.stringContaining('spanledger migrate')])
    expect(diag.lines.filter((line) => line.includes('spanledger migrate'))).toHaveLength(1)
  })
})

test('E7 E44: what waits is bounded, and many small exports become few transactions', async () => {
  const url = await freshTables()
  const exporter = exporterFor(url, { maxPendingItems: 100 })
  const results = await Promise.all(Array.from({ length: 80 }, (_, i) => exported(exporter, runOf(`many-${i}`))))
  const done = results.filter(({ code }) => code === 0).length
  expect(done).toBeGreaterThanOrEqual(50)
  expect(results.filter(({ code }) => code === 1).every(({ error }) => /limit reached/.test(error!.message))).toBe(true)
  expect(done).toBeLessThan(80)
  expect(await ask(url, tasks)).toBe(done)
})

test('E44: a burst of 5,000 exports of one span is committed', async () => {
  const url = await freshTables()
  const exporter = exporterFor(url)
  const processor = new SimpleSpanProcessor(exporter)
  const spans = Array.from({ length: 2_500 }, (_, i) => runOf(`burst-${i}`)).flat()
  for (const span of spans) processor.onEnd(span as never)
  await processor.forceFlush()
  await exporter.forceFlush()
  expect(await ask(url, tasks)).toBe(2_500)
  expect(await ask<number>(url, 'select count(distinct xmin::text)::int as value from task_executions')).toBeLessThan(
    100,
  )
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapMegabytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed / 1e6
}

test('E8: while the database is away for long, exports fail at once and nothing gathers', async () => {
  const { gate, url, direct } = await gated(await freshTables())
  gate.refuse()
  const exporter = exporterFor(url, { timeoutMillis: 600 })
  await until('it is known to be away', async () =>
    /has been away/.test((await exported(exporter, runOf('x'))).error!.message),
  )
  /** How many of these did not fail at once, but asked the database. */
  const fail = async (times: number) => {
    let asked = 0
    for (let i = 0; i < times; i++) {
      const { code, error } = await exported(exporter, runOf(`away-${i}`))
      expect(code).toBe(1)
      if (!/has been away/.test(error!.message)) asked++
    }
    return asked
  }
  await fail(500)
  const before = heapMegabytes()
  const started = performance.now()
  const asked = await fail(2_000)
  expect(asked, 'one a second, at most').toBeLessThanOrEqual(1 + (performance.now() - started) / 1_000)
  // the spans of those exports are a multiple of this
  expect(heapMegabytes() - before).toBeLessThan(2)
  gate.leadTo(Number(new URL(direct).port))
  await until('it goes on', async () => (await exported(exporter, runOf('back'))).code === 0)
})

test('E12: shutdown ends in its time, whatever the database does', async () => {
  const { gate, url } = await gated(await freshTables())
  const exporter = new PostgresSpanExporter({ connectionString: url, timeoutMillis: 2_000, shutdownTimeoutMillis: 500 })
  await until('it is connected', async () => (await exported(exporter, runOf('heard'))).code === 0)
  gate.holdAnswers()
  const result = exported(exporter, runOf('in-flight'))
  await beforeTimer(500, exporter.shutdown())
  gate.refuse()
  expect((await result).code).toBe(1)
})

test('E12: shutdown waits for what is in flight', async () => {
  const url = await freshTables()
  const exporter = new PostgresSpanExporter({ connectionString: url, ...patient })
  const results = Array.from({ length: 5 }, (_, i) => exported(exporter, runOf(`in-flight-${i}`)))
  await exporter.shutdown()
  expect((await Promise.all(results)).map(({ code }) => code)).toEqual([0, 0, 0, 0, 0])
  expect(await ask(url, tasks)).toBe(5)
})

test('E36: one span that the database refuses harms only itself', async () => {
  const url = await freshTables()
  await using client = await connect(url)
  await client.query(`
    create function refuse() returns trigger language plpgsql as $$ begin
      if new.workflow_id = 'run-7' then raise exception 'not this one'; end if;
      return new;
    end $$;
    create trigger refuse before insert on task_executions for each row execute function refuse()`)
  using diag = listenToDiag()
  const spans = Array.from({ length: 32 }, (_, i) => runOf(`run-${i}`)).flat()
  expect(await exported(exporterFor(url), spans)).toEqual({ code: 0 })
  // the call below the refused root is a run of its own
  expect(await ask(url, `${tasks} where workflow_id like 'run-%'`)).toBe(31)
  const kept =
    "select count(*)::int as value from spanledger.refused_spans where convert_from(body, 'UTF8') like '%run-7%'"
  expect(await ask<number>(url, kept)).toBeGreaterThan(0)
  expect(diag.lines.some((line) => line.includes('spanledger.refused_spans'))).toBe(true)
})

test('E37: after a COMMIT whose answer was lost, nothing is there twice', async () => {
  const { gate, url, direct } = await gated(await freshTables())
  await using client = await connect(direct)
  // a COMMIT that takes until the test lets go of a lock
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
  await until('it is committed', async () => (await ask<number>(direct, tasks)) === 1)
  gate.cut()
  expect((await result).code).toBe(0)
  expect((await exported(exporter, spans)).code).toBe(0)
  expect(await ask(direct, tasks)).toBe(1)
  expect(await ask(direct, 'select count(*)::int as value from token_usage')).toBe(1)
})

test('E6: a server that is full of connections is waited for', async () => {
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
  await until('it is turned away', () => diag.lines.some((line) => line.includes('53300')))
  for (const other of others.splice(1)) await other.end()
  expect((await result).code).toBe(0)
  expect((await others[0]!.query(tasks)).rows).toEqual([{ value: 1 }])
  await others[0]!.end()
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
  expect(await ask(url, tasks)).toBe(2)
})

test('E41: a standby that takes no writes may become a primary', async () => {
  const url = await freshTables()
  const name = new URL(url).pathname.slice(1)
  await using client = await connect(url)
  await client.query(`alter database ${name} set default_transaction_read_only = on`)
  using diag = listenToDiag()
  const result = exported(exporterFor(url), runOf('promoted'))
  await until('it has been turned away', () => diag.lines.some((line) => line.includes('25006')))
  await client.query(`alter database ${name} set default_transaction_read_only = off`)
  await client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'spanledger-exporter'",
  )
  expect((await result).code).toBe(0)
})
