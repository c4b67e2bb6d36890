import { describe, expect, test } from 'vitest'
import { Denied } from '../../../src/accept/answers/denied.ts'
import { openAuthenticator } from '../../../src/accept/credentials/authenticator.ts'
import { openFailedAttempts } from '../../../src/accept/credentials/failed-attempts.ts'
import type { Authenticate, Identity } from '../../../src/accept/credentials/identity.ts'
import { newTokenText } from '../../../src/accept/credentials/token-text.ts'
import { Unavailable } from '../../../src/errors.ts'
import {
  detailsOf,
  exportBytes,
  failureOf,
  grpcClient,
  grpcServer,
  httpServer,
  MiB,
  post,
  rawCall,
  rawExchange,
} from '../servers.ts'

const cases: readonly (readonly [string, Authenticate, number, number])[] = [
  ['a wrong credential', () => Promise.reject(new Denied('unauthenticated', 'wrong')), 401, 16],
  ['a missing scope', () => ({ tenant: '', scopes: ['read'] }), 403, 7],
  ['a credential that can not be checked now', () => Promise.reject(new Unavailable('later')), 503, 14],
  ['a bug in the check', () => Promise.reject(new Error('bug')), 503, 14],
]

describe.each(cases)('%s', (_, authenticate, http, code) => {
  test(`is answered ${http} over HTTP before the body is sent`, async () => {
    await using server = await httpServer({ authenticate, lingerMs: 50 })
    for (const path of ['/v1/traces', '/v1/logs', '/v1/metrics']) {
      const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-encoding: gzip`
      const answer = await rawExchange(server.port, `${head}\r\ncontent-length: ${MiB}\r\n\r\n`)
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${http} `))
      expect(answer.includes('www-authenticate: Bearer')).toBe(http === 401)
      expect(answer.includes('retry-after: 1')).toBe(http === 503)
    }
    expect([server.received, server.discarded, server.budget.held()]).toEqual([[], [], 0])
  })

  test(`no sender that waits for a 100 gets it`, async () => {
    await using server = await httpServer({ authenticate, lingerMs: 50 })
    const head = 'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue'
    const answer = await rawExchange(server.port, `${head}\r\ncontent-length: 10\r\n\r\n`)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${http} `))
  })

  test(`is ${code} over gRPC before the message is sent`, async () => {
    await using server = await grpcServer({ authenticate, lingerMs: 50 })
    using call = rawCall(server.address)
    expect(await call.status).toBe(code)
    using sender = grpcClient(server.address)
    for (const signal of ['traces', 'logs', 'metrics'] as const)
      expect((await failureOf(exportBytes(sender.client, new Uint8Array(), { signal }))).code).toBe(code)
    expect([server.received, server.discarded, server.budget.held()]).toEqual([[], [], 0])
  })
})

test('a check that takes its time loses no request, not even an empty one', async () => {
  const authenticate: Authenticate = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    return { tenant: 'acme', scopes: ['send'] }
  }
  await using http = await httpServer({ authenticate })
  await using grpcs = await grpcServer({ authenticate })
  using sender = grpcClient(grpcs.address)
  for (const body of [new Uint8Array(), Buffer.alloc(200_000)]) {
    await exportBytes(sender.client, body)
    expect((await post(http.address, { body })).status).toBe(200)
  }
  using empty = rawCall(grpcs.address)
  empty.stream.end()
  expect(await empty.status).toBe(3)
  using broken = rawCall(grpcs.address)
  broken.stream.close()
  for (const { received } of [http, grpcs])
    expect(received.map(({ tenant, body }) => [tenant, body.length])).toEqual([
      ['acme', 0],
      ['acme', 200_000],
    ])
})

test('probes need no credential', async () => {
  await using server = await httpServer({ authenticate: () => Promise.reject(new Denied('unauthenticated', 'wrong')) })
  for (const path of ['/healthz', '/readyz', '/'])
    expect((await post(server.address, { path, method: 'GET' })).status).toBe(200)
})

describe('the reason why a receiver is not ready', () => {
  const secrets: Readonly<Record<string, Identity>> = {
    admin: { tenant: '', scopes: ['admin'] },
    sender: { tenant: '', scopes: ['send', 'read'] },
    other: { tenant: 'acme', scopes: ['admin'] },
  }
  const asked: (string | undefined)[] = []
  const authenticate: Authenticate = ({ header }) => {
    const secret = header('x-api-key')
    asked.push(secret)
    const identity = secrets[secret ?? '']
    if (identity === undefined) throw new Denied('unauthenticated', 'wrong')
    return identity
  }
  const away = { ready: async () => ({ ready: false, reason: 'connect ECONNREFUSED db.internal' }), authenticate }
  // a proxy of this machine stands for other machines: their requests name it
  const forwarded = { 'x-forwarded-for': '203.0.113.9' }
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, boolean])[] = [
    ['loopback', {}, true],
    ['another machine', forwarded, false],
    ['another machine (RFC 7239)', { forwarded: 'for=203.0.113.9' }, false],
    ['a page whose own name leads to loopback', { host: 'rebound.example:4318' }, false],
    ['a credential with the scope admin', { ...forwarded, 'x-api-key': 'admin' }, true],
    ['a credential without it', { ...forwarded, 'x-api-key': 'sender' }, false],
    ['an admin of one tenant', { ...forwarded, 'x-api-key': 'other' }, false],
    ['a wrong credential', { ...forwarded, 'x-api-key': 'guess' }, false],
    ['no credential that can be read', { ...forwarded, authorization: 'Digest x' }, false],
  ]

  test.each(cases)('%s: %o', async (_, headers, isShown) => {
    await using server = await httpServer(away)
    const { status, body } = await post(server.address, { path: '/readyz', method: 'GET', headers })
    expect([status, body.toString()]).toEqual([503, isShown ? 'connect ECONNREFUSED db.internal' : 'not ready'])
  })

  test('a probe without a credential is no failed attempt', async () => {
    await using server = await httpServer(away)
    asked.length = 0
    await post(server.address, { path: '/readyz', method: 'GET', headers: forwarded })
    expect(asked).toEqual([])
  })

  test('where there are no credentials, a header that looks like one shows nothing', async () => {
    await using server = await httpServer({ ready: away.ready })
    const headers = { ...forwarded, 'x-api-key': 'admin' }
    const { body } = await post(server.address, { path: '/readyz', method: 'GET', headers })
    expect(body.toString()).toBe('not ready')
  })
})

test('wrong credentials from one address are 429 and RESOURCE_EXHAUSTED in the end, to be retried', async () => {
  const authenticate = openAuthenticator({
    tokens: { find: () => undefined },
    jwt: null,
    certificates: null,
    onWrong: openFailedAttempts({ most: 2 }),
  })
  await using http = await httpServer({ authenticate })
  await using grpcs = await grpcServer({ authenticate })
  using sender = grpcClient(grpcs.address)
  const secret = newTokenText()
  const headers = { authorization: `Bearer ${secret}` }
  expect((await post(http.address, { headers })).status).toBe(401)
  expect((await failureOf(exportBytes(sender.client, new Uint8Array(), { headers }))).code).toBe(16)
  const { status, headers: answered, body } = await post(http.address, { headers })
  expect([status, Number(answered['retry-after']) > 50]).toEqual([429, true])
  const error = await failureOf(exportBytes(sender.client, new Uint8Array(), { headers }))
  expect(error.code).toBe(8)
  expect(JSON.stringify(detailsOf(error))).toContain('RetryInfo')
  for (const text of [body.toString(), error.message, http.refused.join(), grpcs.refused.join()])
    expect(text).not.toContain(secret)
})
