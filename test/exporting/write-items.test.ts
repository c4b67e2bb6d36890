import pg from 'pg'
import { expect, test } from 'vitest'
import { connect } from '../support/postgres.ts'
import { ask, countTasks, exporterFor, freshTables } from './databases.ts'
import { exported, listenToDiag, runOf } from './fixture.ts'

const { Client: pgClient } = pg

test('E9: an export does not change its spans', async () => {
  const exporter = exporterFor(await freshTables())
  const spans = runOf('frozen')
  const freeze = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
    Object.freeze(value)
    Object.values(value).forEach(freeze)
  }
  spans.forEach(freeze)
  expect(await exported(exporter, spans)).toEqual({ code: 0 })
})

test('E32: an export waits for the attributes of its resources', async () => {
  const url = await freshTables()
  const exporter = exporterFor(url)
  const [span] = runOf('waited-for')
  let attributes: Record<string, string> = {}
  const resource = {
    get attributes() {
      return attributes
    },
    asyncAttributesPending: true,
    waitForAsyncAttributes: async () => {
      attributes = { 'service.name': 'late' }
      resource.asyncAttributesPending = false
    },
  }
  expect(await exported(exporter, [{ ...span!, resource }])).toEqual({ code: 0 })
  await using client = await connect(url)
  const { rows } = await client.query('select facts from spanledger.ledger')
  expect(JSON.stringify(rows)).toContain('late')
})

test('E36: a span that the database refuses harms only itself', async () => {
  const url = await freshTables()
  await using client = await connect(url)
  await client.query(`
    create function refuse() returns trigger language plpgsql as $$ begin
      if new.workflow_id = 'run-37' then raise exception 'not this one'; end if;
      return new;
    end $$;
    create trigger refuse before insert on task_executions for each row execute function refuse()`)
  using diag = listenToDiag()
  // the refused one is in the second slice, after one that can't be decoded
  const spans = Array.from({ length: 40 }, (_, i) => runOf(`run-${i}`)).flat()
  const [nameless] = runOf('nameless')
  const undecodable = { value: () => ({ ...nameless!.spanContext(), traceId: '0' }) }
  spans.splice(70, 0, Object.create(nameless!, { spanContext: undecodable }))
  expect(await exported(exporterFor(url), spans)).toEqual({ code: 0 })
  // The call below the refused root is a run of its own.
  expect(await ask(url, `${countTasks} where workflow_id like 'run-%'`)).toBe(39)
  const kept =
    "select count(*)::int as value from spanledger.refused_spans where convert_from(body, 'UTF8') like '%run-37%'"
  expect(await ask<number>(url, kept)).toBeGreaterThan(0)
  expect(diag.lines.some((line) => line.includes('spanledger.refused_spans'))).toBe(true)
})

test('E43: the app gets its turns while a large batch is decoded', async () => {
  const exporter = exporterFor(await freshTables())
  await exported(exporter, runOf('opened'))
  const spans = Array.from({ length: 512 }, (_, i) => runOf(`turn-${i}`))
    .flat()
    .slice(0, 512)
  let turns = 0
  const count = () => {
    turns++
    again = setImmediate(count)
  }
  let again = setImmediate(count)
  const turnsBefore = new Promise<number>((resolve) => {
    const { query } = pgClient.prototype
    pgClient.prototype.query = function (this: unknown, ...args: unknown[]) {
      pgClient.prototype.query = query
      resolve(turns)
      return (query as (...all: unknown[]) => unknown).apply(this, args)
    } as typeof query
  })
  const result = exported(exporter, spans)
  expect(await turnsBefore, 'before the first statement').toBeGreaterThanOrEqual(6)
  clearImmediate(again)
  expect((await result).code).toBe(0)
})

test('law 8: an exporter writes for the tenant that its options name, refused spans too', async () => {
  const url = await freshTables()
  using diag = listenToDiag()
  const exporter = exporterFor(url, { tenant: 'acme', migrate: true })
  const [root, call] = runOf('run-1')
  const nameless = Object.create(root!, { spanContext: { value: () => ({ ...root!.spanContext(), traceId: '0' }) } })
  expect(await exported(exporter, [root!, call!, nameless])).toEqual({ code: 0 })
  expect(await ask(url, countTasks)).toBe(0)
  expect(await ask(url, 'select count(*)::int as value from acme.task_executions')).toBe(1)
  expect(await ask(url, 'select count(*)::int as value from acme.refused_spans')).toBe(1)
  expect(diag.lines.filter((line) => line.includes('acme.refused_spans'))).toHaveLength(2)
})
