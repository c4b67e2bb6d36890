import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorAnswer } from '../../src/web/answers/common.ts'
import type { RunAnswer } from '../../src/web/answers/run.ts'
import type { RunsAnswer } from '../../src/web/answers/runs.ts'
import type { MetaAnswer } from '../../src/web/answers/server.ts'
import type { TreeAnswer } from '../../src/web/answers/tree.ts'
import { openGate } from '../support/gate.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freePort, freshDatabase, statement, type TestDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { send } from '../support/send.ts'
import { ask, openStream, rowsOf } from './ask.ts'

let place: TestDatabase

beforeAll(async () => {
  place = await freshDatabase()
})

afterAll(() => place[Symbol.asyncDispose]())

const html = { headers: { accept: 'text/html' } }

test('without a page nothing of it is served, and senders are', async () => {
  await using receiver = await openTestReceiver(place.url, { SPANLEDGER_PAGE: 'off' })
  expect((await ask(receiver.http, '/api/meta')).status).toBe(404)
  expect((await ask(receiver.http, '/api/runs')).status).toBe(404)
  expect((await ask(receiver.http, '/', html)).headers.get('content-type') ?? '').not.toMatch(/html/)
  expect((await send(tracesRequest(smallRun('without-page')), receiver.http)).status).toBe(200)
})

test('on a port of its own the page and its API are there alone, and senders are elsewhere', async () => {
  const port = await freePort()
  await using receiver = await openTestReceiver(place.url, { SPANLEDGER_PAGE: `127.0.0.1:${port}` })
  const page = `http://127.0.0.1:${port}`
  const meta = await ask<MetaAnswer>(page, '/api/meta')
  expect([meta.status, meta.body.endpoints.http]).toEqual([200, receiver.http])
  expect((await ask(page, '/', html)).headers.get('content-type')).toMatch(/^text\/html/)
  expect((await ask(receiver.http, '/api/meta')).status).toBe(404)
  expect((await send(tracesRequest(smallRun('nowhere')), page)).status).toBe(404)
  expect((await send(tracesRequest(smallRun('own-port')), receiver.http)).status).toBe(200)
  const { body } = await ask<RunsAnswer>(page, '/api/runs?workflow=own-port')
  expect(rowsOf(body)).toHaveLength(1)
})

/** What docs/page.md says that a role needs. */
const tables = [
  ...['users', 'task_executions', 'event_logs', 'token_usage', 'tool_executions', 'agent_executions'],
  'usage_daily_aggregates',
]
const books = ['ledger', 'traces', 'workflows', 'shares', 'reports', 'call_ids', 'refused_spans', 'reconciliations']

test('a role that may only read is enough for all that the page shows', async () => {
  const role = `page_${Date.now()}`
  const reader = Object.assign(new URL(place.url), { username: role, password: 'of-a-test' }).href
  await statement(
    place.url,
    `create role ${role} login password 'of-a-test';
     grant usage on schema spanledger to ${role};
     grant select on ${tables.join(', ')} to ${role};
     grant select on ${books.map((name) => `spanledger.${name}`).join(', ')} to ${role}`,
  )
  try {
    await using receiver = await openTestReceiver(place.url, { SPANLEDGER_READER_DATABASE_URL: reader })
    await send(tracesRequest(smallRun('read-only')), receiver.http)
    const { body: run } = await ask<RunAnswer>(receiver.http, '/api/workflows/read-only')
    expect(run.sums).toMatchObject({ prompt_tokens: 10, completion_tokens: 5 })
    const { body: tree } = await ask<TreeAnswer>(receiver.http, '/api/workflows/read-only/tree')
    expect(tree.sums).toMatchObject({ prompt_tokens: 10, completion_tokens: 5 })
    const span = `/api/workflows/read-only/spans/${tree.traces[0]}/${tree.columns.span_id[1]}`
    const others = ['runs', 'cost', 'tools', 'agents', 'health', 'refused', 'reconciliations', 'schema', 'facets']
    for (const path of [span, '/api/workflows/read-only/events', ...others.map((name) => `/api/${name}`)])
      expect([path, (await ask(receiver.http, path)).status]).toEqual([path, 200])
    const stream = await openStream(receiver.http, '/api/workflows/read-only/events')
    const seen: string[] = []
    for await (const { event } of stream.messages()) {
      seen.push(event)
      if (event === 'end') break
    }
    stream.close()
    expect(seen).toContain('event')
    await using client = await connect(place.url)
    const { rows } = await client.query(
      "select distinct usename from pg_stat_activity where datname = current_database() and application_name = 'spanledger page'",
    )
    expect(rows).toEqual([{ usename: role }])
  } finally {
    await statement(place.url, `drop owned by ${role}; drop role ${role}`)
  }
})

test('while the database is away the API says so, and when to ask again; it answers when it is back', async () => {
  await using gate = await openGate()
  const { port } = new URL(place.url)
  gate.leadTo(Number(port))
  const behind = Object.assign(new URL(place.url), { port: String(gate.port) }).href
  await using receiver = await openTestReceiver(behind)
  expect((await ask(receiver.http, '/api/runs')).status).toBe(200)
  gate.refuse()
  const away = await ask<ErrorAnswer>(receiver.http, '/api/runs')
  expect([away.status, away.body.error.code]).toEqual([503, 'unavailable'])
  expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0)
  // the page itself needs no database
  expect((await ask(receiver.http, '/', html)).headers.get('content-type')).toMatch(/^text\/html/)
  gate.leadTo(Number(port))
  await expect.poll(async () => (await ask(receiver.http, '/api/runs')).status, { timeout: 20_000 }).toBe(200)
})
