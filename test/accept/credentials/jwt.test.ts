import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterAll, describe, expect, test } from 'vitest'
import { type JwtIssuer, openJwtVerifier } from '../../../src/accept/credentials/jwt.ts'
import { openKeySet } from '../../../src/accept/credentials/key-set.ts'
import { Unavailable } from '../../../src/errors.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'spanledger-jwt-'))
afterAll(() => rmSync(folder, { recursive: true }))

const issuer = 'https://login.example/'
const audience = 'spanledger'

async function newKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg: 'ES256' }
  const sign = (claims: Readonly<Record<string, unknown>> = {}, header = {}) =>
    new SignJWT({ iss: issuer, aud: audience, exp: Math.floor(Date.now() / 1000) + 300, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid, ...header })
      .sign(privateKey)
  return { jwk, sign }
}

const key = await newKey('k1')
const keys = path.join(folder, 'jwks.json')
writeFileSync(keys, JSON.stringify({ keys: [key.jwk] }))
const settings: JwtIssuer = { issuer, audience, keys, algorithms: ['ES256'], tenantClaim: null, scopeClaim: null }

function verifier(changes: Partial<JwtIssuer> = {}) {
  return openJwtVerifier([{ ...settings, ...changes }], {
    isTenant: (name) => /^[a-z]+$/.test(name),
    onFailed: () => {},
  })
}

describe('JSON Web Tokens', () => {
  test('one that is valid is of the default tenant and may send, unless claims say otherwise', async () => {
    expect(await verifier()(await key.sign())).toEqual({ tenant: '', scopes: ['send'] })
    const claims = verifier({ tenantClaim: 'org', scopeClaim: 'scope' })
    const scopes = { org: 'acme', scope: 'openid read send' }
    expect(await claims(await key.sign(scopes))).toEqual({ tenant: 'acme', scopes: ['send', 'read'] })
    expect(await claims(await key.sign({ org: 'acme', scope: ['admin'] }))).toEqual({
      tenant: 'acme',
      scopes: ['admin'],
    })
    expect(await claims(await key.sign({ org: 'acme' }))).toEqual({ tenant: 'acme', scopes: [] })
  })

  const other = newKey('k1')
  test.each<[string, () => Promise<string> | string]>([
    ['another audience', () => key.sign({ aud: 'someone' })],
    ['another issuer', () => key.sign({ iss: 'https://evil.example/' })],
    ['expired', () => key.sign({ exp: Math.floor(Date.now() / 1000) - 3600 })],
    ['not valid yet', () => key.sign({ nbf: Math.floor(Date.now() / 1000) + 3600 })],
    ['without an end', () => key.sign({ exp: undefined })],
    ['signed by another key', async () => (await other).sign()],
    ['without a signature', () => `${btoa('{"alg":"none"}')}.${btoa(`{"iss":"${issuer}"}`)}.`],
    [
      'of another algorithm',
      () => new SignJWT({ iss: issuer }).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(new Uint8Array(32)),
    ],
    ['no JWT', () => 'a.b.c'],
  ])('%s is unauthenticated', async (_, make) => {
    await expect(verifier()(await make())).rejects.toMatchObject({ name: 'Denied', refusal: 'unauthenticated' })
  })

  test.each([{}, { org: 7 }, { org: 'Acme; drop' }])(
    'a claim that names no tenant is forbidden: %o',
    async (claims) => {
      const verify = verifier({ tenantClaim: 'org' })
      await expect(verify(await key.sign(claims))).rejects.toMatchObject({ refusal: 'forbidden' })
    },
  )
})

describe('the keys of an issuer', () => {
  /** A server of keys that a test changes, and takes away. */
  async function keyServer() {
    let answer: { status: number; keys: JWK[] } = { status: 200, keys: [key.jwk] }
    let asked = 0
    const server = createServer((_, response) => {
      asked++
      response.writeHead(answer.status).end(JSON.stringify({ keys: answer.keys }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
      from: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
      asked: () => asked,
      serve: (changed: Partial<typeof answer>) => {
        answer = { ...answer, ...changed }
      },
      [Symbol.asyncDispose]: async () => void server.close().closeAllConnections(),
    }
  }
  const lookUp = (keySet: ReturnType<typeof openKeySet>, kid: string) =>
    keySet({ alg: 'ES256', kid }, { payload: '', signature: '' })

  test('are read from a URL, and again for a key that is new', async () => {
    await using server = await keyServer()
    const keySet = openKeySet({ from: server.from, pauseMs: 0, onFailed: () => {} })
    await lookUp(keySet, 'k1')
    const next = await newKey('k2')
    server.serve({ keys: [key.jwk, next.jwk] })
    await lookUp(keySet, 'k2')
    await expect(lookUp(keySet, 'k3')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
  })

  test('the last good ones go on while the issuer is away, and an unknown key is undecided then', async () => {
    await using server = await keyServer()
    const failures: string[] = []
    const keySet = openKeySet({ from: server.from, pauseMs: 0, maxAgeMs: 0, onFailed: (why) => failures.push(why) })
    await lookUp(keySet, 'k1')
    server.serve({ status: 500 })
    await lookUp(keySet, 'k1')
    await expect(lookUp(keySet, 'k2')).rejects.toBeInstanceOf(Unavailable)
    await lookUp(keySet, 'k1')
    expect(failures[0]).toMatch(/jwks answers 500/)
  })

  test('without any, nothing is decided', async () => {
    await using server = await keyServer()
    server.serve({ keys: [] })
    const keySet = openKeySet({ from: server.from, onFailed: () => {} })
    await expect(lookUp(keySet, 'k1')).rejects.toBeInstanceOf(Unavailable)
  })

  test('strangers with unknown keys do not have them read more often than the pause, in which a key is undecided', async () => {
    await using server = await keyServer()
    const keySet = openKeySet({ from: server.from, pauseMs: 60_000, onFailed: () => {} })
    await lookUp(keySet, 'k1')
    for (let i = 0; i < 20; i++) await expect(lookUp(keySet, `x${i}`)).rejects.toBeInstanceOf(Unavailable)
    expect(server.asked()).toBe(1)
  })
})
