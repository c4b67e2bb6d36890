import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newTokenText, tokenHash } from '../../src/accept/credentials/token-text.ts'
import { openServers } from '../../src/databases.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { databaseOf, type TenantServers } from '../../src/store/tenants/tenant-servers.ts'
import { addToken, listTokens, revokeToken } from '../../src/store/tenants/tokens.ts'
import { exportBytes, failureOf, grpcClient } from '../accept/servers.ts'
import { outcomeOf, settingsFor, spawnReceiver } from '../support/command.ts'
import { configOf } from '../support/config.ts'
import { brokenSums } from '../support/laws.ts'
import { dumpLedger } from '../support/ledger.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase, type TestDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { recordingNames, requestsOf } from '../support/recordings.ts'
import { piecesOf, rearrange } from '../support/replay.ts'
import { send, sendAll } from '../support/send.ts'
import { urlIn } from '../support/tenants.ts'

let place: TestDatabase
let servers: TenantServers
let receiver: Awaited<ReturnType<typeof openTestReceiver>>
const tokens = { '': newTokenText(), acme: newTokenText(), globex: newTokenText(), reader: newTokenText() }

beforeAll(async () => {
  place = await freshDatabase()
  servers = await openServers(configOf(settingsFor(place.url, {})))
  receiver = await openTestReceiver(place.url, { SPANLEDGER_TOKENS: 'table' })
  for (const tenant of ['acme', 'globex']) await migrate(databaseOf(servers, tenant))
  for (const name of ['', 'acme', 'globex'] as const) await add(name, tokens[name], name, 'send')
  await add('reader', tokens.reader, 'acme', 'read admin')
})

afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
  await servers[Symbol.asyncDispose]()
  await place[Symbol.asyncDispose]()
})

function add(id: string, text: string, tenant: string, scopes: string): Promise<void> {
  const times = { notBeforeMs: null, expiresAtMs: null }
  return addToken(databaseOf(servers, ''), {
    id: `id-${id}`,
    name: id,
    tenant,
    scopes,
    hash: tokenHash(text),
    ...times,
  })
}

const headersOf = (token: string): readonly Record<string, string>[] => [
  { authorization: `Bearer ${token}` },
  { authorization: `Basic ${Buffer.from(`globex:${token}`).toString('base64')}` },
  { 'x-api-key': token },
]

test("a token's tenant gets the rows, over each way to send it; nothing else that a sender says chooses one", async () => {
  using sender = grpcClient(receiver.grpc)
  const chosen = { 'x-tenant': 'globex', 'x-scope-orgid': 'globex', tenant: 'globex', 'spanledger-tenant': 'globex' }
  for (const [i, headers] of headersOf(tokens.acme).entries()) {
    const spans = smallRun(`chosen-${i}`).map((span) => ({
      ...span,
      attributes: { ...span.attributes, tenant_id: 'globex' },
    }))
    expect((await send(tracesRequest(spans), receiver.http, { ...headers, ...chosen })).status).toBe(200)
    await exportBytes(sender.client, new Uint8Array(), { headers: { ...headers, ...chosen } })
  }
  await using client = await connect(place.url)
  const count = async (table: string) =>
    (await client.query(`select count(*)::int as n from ${table} where workflow_id like 'chosen-%'`)).rows[0].n
  expect([
    await count('acme.task_executions'),
    await count('globex.task_executions'),
    await count('task_executions'),
  ]).toEqual([3, 0, 0])
})

test('without a credential, with a wrong one, and without the scope, nothing is stored and the log has no secret', async () => {
  const request = tracesRequest(smallRun('stranger'))
  const stranger = newTokenText()
  using sender = grpcClient(receiver.grpc)
  const tried: readonly [Record<string, string>, number, number][] = [
    [{}, 401, 16],
    [{ 'x-api-key': stranger }, 401, 16],
    [{ authorization: `Bearer ${stranger}` }, 401, 16],
    [{ 'x-api-key': tokens.reader }, 403, 7],
  ]
  for (const [headers, status, code] of tried) {
    expect((await send(request, receiver.http, headers)).status).toBe(status)
    expect((await failureOf(exportBytes(sender.client, new Uint8Array(), { headers }))).code).toBe(code)
  }
  const log = receiver.log.join()
  expect(log).toContain('a request is refused for good')
  for (const secret of [stranger, tokens.reader]) expect(log).not.toContain(secret.slice(3, 20))
  await using client = await connect(place.url)
  for (const schema of ['public', 'acme', 'globex'])
    expect((await client.query(`select from ${schema}.task_executions where workflow_id = 'stranger'`)).rows).toEqual(
      [],
    )
})

test('law 8: two credentials that send the same ids have the rows that each has alone', async () => {
  const names = [...recordingNames('hand-'), 'claude-code-http']
  const pieces = piecesOf(names)
  await using alone = await freshDatabase()
  {
    await using unguarded = await openTestReceiver(alone.url)
    expect(await sendAll(names.flatMap(requestsOf), [unguarded.http])).toMatchObject({ failed: [], rejected: 0 })
  }
  // new tenants, since the other tests send to the others
  for (const tenant of ['one', 'two']) {
    await migrate(databaseOf(servers, tenant))
    await add(tenant, tokenFor(tenant), tenant, 'send')
  }
  const sendAs = (tenant: string, seed: number) =>
    sendAll(rearrange(pieces, { seed, duplicate: 0.3, variants: 0.2 }), [receiver.http], {
      parallel: 3,
      headers: { 'x-api-key': tokenFor(tenant) },
    })
  for (const sent of await Promise.all([sendAs('one', 1), sendAs('two', 2)]))
    expect(sent).toMatchObject({ failed: [], rejected: 0 })
  await using expected = await connect(alone.url)
  const ledger = await dumpLedger(expected)
  for (const tenant of ['one', 'two']) {
    await using reader = await connect(urlIn(place.url, tenant))
    expect(await brokenSums(reader)).toEqual([])
    expect(await dumpLedger(reader)).toBe(ledger)
  }
})

const made = new Map<string, string>()
function tokenFor(tenant: string): string {
  const text = made.get(tenant) ?? newTokenText()
  made.set(tenant, text)
  return text
}

test('a JWT is of the tenant that its claim names, and undecided while the keys of its issuer can not be read', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'spanledger-credentials-'))
  try {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const sign = (claims: Record<string, string>) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .setIssuer('https://login.example/')
        .setAudience('spanledger')
        .setExpirationTime('5m')
        .sign(privateKey)
    const keys = path.join(folder, 'jwks.json')
    const issuer = {
      issuer: 'https://login.example/',
      audience: 'spanledger',
      keys,
      algorithms: ['ES256'],
      tenant_claim: 'org',
    }
    const settings = { SPANLEDGER_JWT: JSON.stringify(issuer) }
    const answers = async (address: string, jwt: string, workflow: string) => {
      const headers = { authorization: `Bearer ${jwt}` }
      return (await send(tracesRequest(smallRun(workflow)), address, headers)).status
    }
    {
      await using keyless = await openTestReceiver(place.url, settings)
      expect(await answers(keyless.http, await sign({ org: 'acme' }), 'keyless')).toBe(503)
    }
    writeFileSync(keys, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k' }] }))
    await using keyed = await openTestReceiver(place.url, settings)
    expect(await answers(keyed.http, await sign({ org: 'acme' }), 'by-jwt')).toBe(200)
    expect(await answers(keyed.http, await sign({ org: 'no tenant' }), 'by-jwt')).toBe(403)
    expect(await answers(keyed.http, `${(await sign({ org: 'acme' })).slice(0, -8)}AAAAAAAA`, 'by-jwt')).toBe(401)
    // a tenant that nobody has made: the operator can make it while the sender's data waits
    expect(await answers(keyed.http, await sign({ org: 'initech' }), 'by-jwt')).toBe(503)
    await using client = await connect(place.url)
    const { rows } = await client.query("select workflow_id from acme.task_executions where workflow_id = 'by-jwt'")
    expect(rows).toHaveLength(1)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('several processes behind one port ask for the same tokens', async () => {
  await using several = await spawnReceiver(place.url, { SPANLEDGER_TOKENS: 'table', SPANLEDGER_PROCESSES: '2' })
  const statuses = await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      const headers = { connection: 'close', ...(i % 2 === 0 ? { 'x-api-key': tokens.acme } : {}) }
      return (await send(tracesRequest(smallRun(`several-${i}`)), several.http, headers)).status
    }),
  )
  expect(statuses).toEqual([200, 401, 200, 401, 200, 401, 200, 401])
})

describe('the commands', () => {
  const settings = () => ({ DATABASE_URL: place.url, SPANLEDGER_TOKENS: 'table' })

  test('a token that is created is shown once, works at once, is listed without its text, and is refused when it is revoked', async () => {
    const { code, output } = await outcomeOf(
      ['token', 'create', 'checkout', '--tenant', 'acme', '--expires', '90d', '--json'],
      settings(),
    )
    expect(code).toBe(0)
    const { id, token, hash } = JSON.parse(output) as Record<string, string>
    const request = tracesRequest(smallRun('created'))
    expect((await send(request, receiver.http, { 'x-api-key': token! })).status).toBe(200)
    const listed = await outcomeOf(['token', 'list'], settings())
    expect(listed.output).toMatch(new RegExp(`^${id} +checkout +acme +send +until \\d{4}-`, 'm'))
    expect(listed.output).not.toContain(token!.slice(3, 20))
    const [row] = (await listTokens(databaseOf(servers, ''))).filter((one) => one.id === id)
    expect(row?.hash).toBe(hash)
    expect((await outcomeOf(['token', 'revoke', id!], settings())).output).toMatch(/is revoked/)
    await expect
      .poll(async () => (await send(request, receiver.http, { 'x-api-key': token! })).status, {
        timeout: 20_000,
        interval: 250,
      })
      .toBe(401)
  })

  test('what can not be made says why', async () => {
    const said = async (...args: string[]) => outcomeOf(['token', ...args], settings())
    const [tenant, scopes, expires, id] = await Promise.all([
      said('create', '--tenant', 'nobody'),
      said('create', '--scopes', 'write'),
      said('create', '--expires', 'soon'),
      said('revoke', 'nothing'),
    ])
    expect(tenant).toEqual({ code: 2, output: 'there is no tenant nobody: `spanledger tenant add nobody` makes it.\n' })
    expect(scopes).toEqual({
      code: 2,
      output: '--scopes can\'t be "write". Allowed: send, read, admin, with commas.\n',
    })
    expect(expires).toMatchObject({
      code: 2,
      output: expect.stringMatching(/^--expires can't be "soon"\. Allowed: days/),
    })
    expect(id).toMatchObject({ code: 2, output: expect.stringMatching(/^there is no token "nothing"/) })
  })

  test('the table has hashes only', async () => {
    await using client = await connect(place.url)
    const { rows } = await client.query('select * from spanledger.tokens')
    const text = JSON.stringify(rows)
    for (const token of [...Object.values(tokens), ...made.values()]) expect(text).not.toContain(token.slice(3, 20))
    expect(await revokeToken(databaseOf(servers, ''), 'nothing')).toBe(false)
  })
})
