import { afterAll, beforeAll, expect, test } from 'vitest'
import { newTokenText, tokenHash } from '../../src/accept/credentials/token-text.ts'
import { openServers } from '../../src/databases.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { databaseOf, type TenantServers } from '../../src/store/tenants/tenant-servers.ts'
import { addToken } from '../../src/store/tenants/tokens.ts'
import type { ErrorAnswer } from '../../src/web/answers/common.ts'
import type { RefusedAnswer } from '../../src/web/answers/health.ts'
import type { RunsAnswer } from '../../src/web/answers/runs.ts'
import type { MetaAnswer } from '../../src/web/answers/server.ts'
import { routes } from '../../src/web/routes.ts'
import { settingsFor } from '../support/command.ts'
import { configOf } from '../support/config.ts'
import { newTraceId, smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase, type TestDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { send } from '../support/send.ts'
import { ask, openStream, rowsOf } from './ask.ts'

let place: TestDatabase
let servers: TenantServers
let receiver: Awaited<ReturnType<typeof openTestReceiver>>
const tokens = {
  acme: newTokenText(),
  globex: newTokenText(),
  acmeReader: newTokenText(),
  globexReader: newTokenText(),
  nobody: newTokenText(),
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const secret = 'only-of-globex'
let span: { readonly trace: string; readonly id: string }

beforeAll(async () => {
  place = await freshDatabase()
  servers = await openServers(configOf(settingsFor(place.url, {})))
  receiver = await openTestReceiver(place.url, { SPANLEDGER_TOKENS: 'table' })
  for (const tenant of ['acme', 'globex']) await migrate(databaseOf(servers, tenant))
  const times = { notBeforeMs: null, expiresAtMs: null }
  const add = (name: keyof typeof tokens, tenant: string, scopes: string) =>
    addToken(databaseOf(servers, ''), { id: name, name, tenant, scopes, hash: tokenHash(tokens[name]), ...times })
  await add('acme', 'acme', 'send')
  await add('globex', 'globex', 'send')
  await add('acmeReader', 'acme', 'read admin')
  await add('globexReader', 'globex', 'read admin')
  const sketch = smallRun(secret)
  const named = sketch.map((one) => ({
    ...one,
    attributes: { ...one.attributes, user_id: secret, 'gen_ai.agent.name': secret },
  }))
  span = { trace: sketch[1]!.traceId, id: sketch[1]!.spanId }
  await send(tracesRequest(named), receiver.http, bearer(tokens.globex))
  await send(tracesRequest(smallRun('of-acme')), receiver.http, bearer(tokens.acme))
  await send(
    tracesRequest([{ traceId: newTraceId(), spanId: 'ff', name: secret, startMs: 1, endMs: 2 }]),
    receiver.http,
    bearer(tokens.globex),
  )
})

afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
  await servers[Symbol.asyncDispose]()
  await place[Symbol.asyncDispose]()
})

/** Every address of the API with the ids of the other tenant in it. */
async function addresses(): Promise<{ method: string; path: string; body?: unknown }[]> {
  const { body } = await ask<RefusedAnswer>(receiver.http, '/api/refused', { headers: bearer(tokens.globexReader) })
  const [refused] = rowsOf(body)
  const bodies: Record<string, unknown> = { sql: { sql: 'select * from task_executions' }, close: { status: 'FAILED' } }
  return routes.map(({ method, path, name }) => ({
    method,
    path: path
      .replace('/refused/{id}', `/refused/${refused!.id}`)
      .replace('{id}', secret)
      .replace('{trace}', span.trace)
      .replace('{span}', span.id),
    ...(method === 'POST' && { body: bodies[name] ?? {} }),
  }))
}

test('a credential of one tenant gets nothing of another at any address', async () => {
  const all = await addresses()
  expect(all.length).toBeGreaterThan(18)
  for (const { path, ...options } of all) {
    const own = await ask<unknown>(receiver.http, path, { ...options, headers: bearer(tokens.acmeReader) })
    expect([
      path,
      JSON.stringify(own.body).replaceAll(`the run ${secret}`, '').replaceAll(`${span.id} of`, '').includes(secret),
    ]).toEqual([path, false])
    if (path.includes(secret)) expect([path, own.status]).toEqual([path, 404])
  }
  const runs = await ask<RunsAnswer>(receiver.http, '/api/runs', { headers: bearer(tokens.acmeReader) })
  expect(rowsOf(runs.body).map((row) => row.workflow_id)).toEqual(['of-acme'])
  const meta = await ask<MetaAnswer>(receiver.http, '/api/meta', { headers: bearer(tokens.acmeReader) })
  expect(meta.body).toMatchObject({ tenant: 'acme', tenants: ['acme'] })
})

test('SQL is not run by a role that could look into the schema of another tenant', async () => {
  for (const sql of [
    'select workflow_id from task_executions',
    'select * from globex.task_executions',
    "select query_to_xml('select * from globex.users', true, false, '')",
  ]) {
    const { status, body } = await ask<ErrorAnswer>(receiver.http, '/api/sql', {
      headers: bearer(tokens.acmeReader),
      body: { sql },
    })
    expect([status, body.error.code]).toEqual([403, 'forbidden'])
  }
})

test('the other tenant sees its own', async () => {
  const { body } = await ask<RunsAnswer>(receiver.http, '/api/runs', { headers: bearer(tokens.globexReader) })
  expect(rowsOf(body).map((row) => row.workflow_id)).toEqual([secret])
})

test('closing needs the scope admin, and closes', async () => {
  await using client = await connect(place.url)
  const open = {
    ...smallRun('left-open')[1]!,
    attributes: { ...smallRun('x')[1]!.attributes, workflow_id: 'left-open' },
  }
  await send(tracesRequest([open]), receiver.http, bearer(tokens.acme))
  const close = (token: string) =>
    ask<{ status?: string; error?: { code: string } }>(receiver.http, '/api/workflows/left-open/close', {
      headers: bearer(token),
      body: { status: 'CANCELLED' },
    })
  expect((await close(tokens.acme)).status).toBe(403)
  const closed = await close(tokens.acmeReader)
  expect([closed.status, closed.body]).toEqual([200, { workflow_id: 'left-open', status: 'CANCELLED' }])
  const { rows } = await client.query("select status from acme.task_executions where workflow_id = 'left-open'")
  expect(rows).toEqual([{ status: 'CANCELLED' }])
})

test('a stream of one tenant has nothing of another', async () => {
  const stream = await openStream(receiver.http, `/api/workflows/${secret}/events`, bearer(tokens.acmeReader))
  expect(stream.status).toBe(404)
  const live = await openStream(receiver.http, '/api/live', bearer(tokens.acmeReader))
  const seen: string[] = []
  await send(tracesRequest(smallRun('globex-live')), receiver.http, bearer(tokens.globex))
  await send(tracesRequest(smallRun('acme-live')), receiver.http, bearer(tokens.acme))
  for await (const { event, data } of live.messages()) {
    if (event === 'runs') seen.push(...rowsOf<{ workflow_id: string }>(data).map((row) => row.workflow_id))
    if (seen.includes('acme-live')) break
  }
  live.close()
  expect(seen).not.toContain('globex-live')
})

test('a request that names another host is not answered over loopback, nor a POST of another site', async () => {
  const { request } = await import('node:http')
  const status = (headers: Record<string, string>, method = 'GET') =>
    new Promise<number>((resolve) => {
      const { hostname, port } = new URL(receiver.http)
      request(
        { hostname, port, path: '/api/meta', method, headers: { ...bearer(tokens.acmeReader), ...headers } },
        (answer) => {
          answer.resume()
          resolve(answer.statusCode ?? 0)
        },
      ).end()
    })
  expect(await status({ host: 'evil.example:4318' })).toBe(421)
  expect(await status({ host: 'localhost:4318' })).toBe(200)
  expect(await status({ host: '[::1]:4318' })).toBe(200)
  expect(await status({ host: 'localhost', origin: 'https://evil.example' }, 'POST')).toBe(403)
})

test('with another scope 403, without a credential 401, and the page itself needs none', async () => {
  const all = await addresses()
  for (const { path, ...options } of all) {
    if (path.endsWith('/retry')) continue
    const denied = await ask<ErrorAnswer>(receiver.http, path, { ...options, headers: bearer(tokens.acme) })
    expect([path, denied.status, denied.body.error.code]).toEqual([path, 403, 'forbidden'])
  }
  // after some wrong credentials of an address all are refused there for a while
  for (const { path, ...options } of all) {
    const without = await ask<ErrorAnswer>(receiver.http, path, options)
    expect([path, ['unauthenticated', 'too-many'].includes(without.body.error.code)]).toEqual([path, true])
    const unknown = await ask<ErrorAnswer>(receiver.http, path, { ...options, headers: bearer(tokens.nobody) })
    expect([path, ['unauthenticated', 'too-many'].includes(unknown.body.error.code)]).toEqual([path, true])
  }
  const page = await fetch(`${receiver.http}/runs/anything`, { headers: { accept: 'text/html' } })
  expect(page.headers.get('content-type')).toMatch(/^text\/html/)
})
