import { setTimeout as sleep } from 'node:timers/promises'
import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ExporterOptions, PostgresSpanExporter } from '../../src/exporter.ts'
import { type Gate, openGate } from '../support/gate.ts'
import { connect, freshDatabase, startPostgres } from '../support/postgres.ts'
import { exported, listenToDiag, makeTables, runOf, until } from './apps.ts'

/** An exporter that ends with the test. */
function exporterFor(url: string, options: ExporterOptions = {}): PostgresSpanExporter {
  const exporter = new PostgresSpanExporter({ connectionString: url, ...options })
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

/** The database behind a gate. */
async function gated(url: string): Promise<{ readonly gate: Gate; readonly url: string }> {
  const gate = await openGate()
  onTestFinished(() => gate[Symbol.asyncDispose]())
  const { port } = new URL(url)
  gate.leadTo(Number(port))
  const through = new URL(url)
  through.port = String(gate.port)
  return { gate, url: through.href }
}

describe('E4: an export ends within its time', () => {
  test('when nobody answers', async () => {
    const { gate, url } = await gated(await freshTables())
    gate.letWait()
    const started = performance.now()
    const { code, error } = await exported(exporterFor(url, { timeoutMillis: 1_500 }), runOf('unheard'))
    expect([code, error?.message]).toEqual([1, expect.stringContaining('the database')])
    expect(performance.now() - started).toBeLessThan(2_500)
  })

  test('when the answers stop in the middle', async () => {
    const { gate, url } = await gated(await freshTables())
    const exporter = exporterFor(url, { timeoutMillis: 2_000 })
    expect((await exported(exporter, runOf('heard'))).code).toBe(0)
    gate.holdAnswers()
    const started = performance.now()
    expect((await exported(exporter, runOf('unheard'))).code).toBe(1)
    expect(performance.now() - started).toBeLessThan(3_000)
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
    const started = performance.now()
    const { code, error } = await exported(exporterFor(empty.url), runOf('no-tables'))
    expect([code, error?.message]).toEqual([1, expect.stringContaining('spanledger migrate')])
    expect(performance.now() - started, 'E39: it does not wait for tables').toBeLessThan(3_000)
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

test('E8: while the database is away for long, exports fail at once and nothing gathers', async () => {
  const { gate, url } = await gated(await freshTables())
  gate.refuse()
  const exporter = exporterFor(url, { timeoutMillis: 600 })
  await until('it is known to be away', async () =>
    /has been away/.test((await exported(exporter, runOf('x'))).error!.message),
  )
  const started = performance.now()
  let failed = 0
  for (let i = 0; i < 2_000; i++) {
    const { code } = await exported(exporter, runOf(`away-${i}`))
    failed += code
  }
  expect(failed).toBe(2_000)
  expect(performance.now() - started).toBeLessThan(10_000)
  gate.leadTo(Number(new URL(await freshUrlOf(url)).port))
  await until('it goes on', async () => (await exported(exporter, runOf('back'))).code === 0)
})

/** The server behind the gate has the database of this name. */
async function freshUrlOf(url: string): Promise<string> {
  const server = new URL(url)
  const { inject } = await import('vitest')
  server.port = new URL(inject('postgresUrl')).port
  return server.href
}

test('E12: shutdown ends in its time, whatever the database does', async () => {
  const { gate, url } = await gated(await freshTables())
  const exporter = new PostgresSpanExporter({ connectionString: url, shutdownTimeoutMillis: 500 })
  expect((await exported(exporter, runOf('heard'))).code).toBe(0)
  gate.holdAnswers()
  const result = exported(exporter, runOf('in-flight'))
  const started = performance.now()
  await exporter.shutdown()
  expect(performance.now() - started).toBeLessThan(1_500)
  gate.refuse()
  expect((await result).code).toBe(1)
})

test('E12: shutdown waits for what is in flight', async () => {
  const url = await freshTables()
  const exporter = new PostgresSpanExporter({ connectionString: url })
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
  const { gate, url } = await gated(await freshTables())
  const direct = await freshUrlOf(url)
  const exporter = exporterFor(url)
  expect((await exported(exporter, runOf('first'))).code).toBe(0)
  const spans = runOf('unsure')
  const result = exported(exporter, spans)
  // the statements get through, their answers don't
  gate.holdAnswers()
  await sleep(100)
  gate.cut()
  expect((await result).code).toBe(0)
  expect((await exported(exporter, spans)).code).toBe(0)
  expect(await ask(direct, tasks)).toBe(2)
  expect(await ask(direct, 'select count(*)::int as value from token_usage')).toBe(2)
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
  await ask(url, `alter database ${name} set default_transaction_read_only = on`)
  const exporter = exporterFor(url)
  const result = exported(exporter, runOf('promoted'))
  await using client = await connect(url)
  await client.query('begin read write')
  await client.query(`alter database ${name} set default_transaction_read_only = off`)
  await client.query('commit')
  await client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'spanledger-exporter'",
  )
  expect((await result).code).toBe(0)
})
