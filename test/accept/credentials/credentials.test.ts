import { setTimeout as pause } from 'node:timers/promises'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Denied } from '../../../src/accept/answers/denied.ts'
import { type Accepted, openAuthenticator } from '../../../src/accept/credentials/authenticator.ts'
import { identityOfCertificate, namesIn } from '../../../src/accept/credentials/certificate-tenants.ts'
import { credentialIn } from '../../../src/accept/credentials/credential-header.ts'
import { openFailedAttempts } from '../../../src/accept/credentials/failed-attempts.ts'
import type { Presented } from '../../../src/accept/credentials/identity.ts'
import { openTokenList, type StoredToken } from '../../../src/accept/credentials/token-list.ts'
import { isTokenText, newTokenText, tokenHash } from '../../../src/accept/credentials/token-text.ts'
import { Unavailable } from '../../../src/errors.ts'

type Headers = Readonly<Record<string, string>>

function storedToken(text: string, changes: Partial<StoredToken> = {}): StoredToken {
  const times = { notBeforeMs: null, expiresAtMs: null, revokedAtMs: null }
  return { id: 'a1', name: '', tenant: 'acme', scopes: ['send'], hash: tokenHash(text), ...times, ...changes }
}

/** Authenticates one request; returns its identity or the error. */
async function outcome(accepted: Partial<Accepted>, headers: Headers, names: readonly string[] | null = null) {
  const authenticate = openAuthenticator({ tokens: null, jwt: null, certificates: null, ...accepted })
  const presented: Presented = { header: (name) => headers[name], address: '10.0.0.1', certificateNames: () => names }
  try {
    return await authenticate(presented)
  } catch (error) {
    return error
  }
}

function denied(refusal: Denied['refusal'], message: RegExp) {
  return expect.objectContaining({ name: 'Denied', refusal, message: expect.stringMatching(message) })
}

describe('the credential in the headers', () => {
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

  test.each<[string, Headers, string | null]>([
    ['Bearer', { authorization: 'Bearer sl_x' }, 'sl_x'],
    ['bearer in any case', { authorization: 'bEARER  sl_x' }, 'sl_x'],
    ['Bearer%20, as some exporters send it', { authorization: 'Bearer%20sl_x' }, 'sl_x'],
    ['Basic with any user', { authorization: basic('acme:sl_x') }, 'sl_x'],
    ['Basic without a user', { authorization: basic(':sl_x') }, 'sl_x'],
    ['a password with a colon', { authorization: basic('u:a:b') }, 'a:b'],
    ['x-api-key', { 'x-api-key': 'sl_x' }, 'sl_x'],
    ['authorization before x-api-key', { authorization: 'Bearer a', 'x-api-key': 'b' }, 'a'],
    ['none', {}, null],
    ['an empty one', { authorization: '', 'x-api-key': ' ' }, null],
  ])('%s', (_, headers, expected) => {
    expect(credentialIn((name) => headers[name])).toBe(expected)
  })

  test.each(['sl_x', 'Digest sl_x', 'Bearer a b'])('another scheme is wrong: %s', (authorization) => {
    const header = (name: string) => ({ authorization })[name]
    expect(() => credentialIn(header)).toThrow(Denied)
  })

  test('no error has a part of the credential in it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), (authorization) => {
        try {
          credentialIn((name) => ({ authorization })[name])
        } catch (error) {
          expect((error as Error).message).not.toContain(authorization)
        }
      }),
    )
  })
})

describe('the text of a token', () => {
  test('has 256 random bits, a checksum, and characters that pass through OTEL_EXPORTER_OTLP_HEADERS', () => {
    const texts = new Set(Array.from({ length: 100 }, newTokenText))
    expect(texts.size).toBe(100)
    for (const text of texts) {
      expect(text).toMatch(/^sl_[A-Za-z0-9_-]{43}[A-Za-z0-9_-]{6}$/)
      expect(isTokenText(text)).toBe(true)
    }
  })

  test('a typo or a cut is found by the checksum', () => {
    const text = newTokenText()
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('A', '-', '7'), (at, other) => {
        const changed = `${text.slice(0, at)}${other}${text.slice(at + 1)}`
        expect(isTokenText(changed)).toBe(changed === text)
        expect(isTokenText(text.slice(0, at))).toBe(false)
      }),
    )
  })
})

describe('tokens', () => {
  const text = newTokenText()
  const withToken = (changes: Partial<StoredToken>) => ({ tokens: { find: () => storedToken(text, changes) } })
  const headers = { 'x-api-key': text }
  const nowMs = Date.now()

  test("a valid token's identity is its tenant and its scopes, whatever else the headers say", async () => {
    const others = { 'x-tenant': 'globex', 'x-scope-orgid': 'globex', authorization: `Basic ${btoa(`globex:${text}`)}` }
    expect(await outcome(withToken({}), { ...headers, ...others })).toEqual({ tenant: 'acme', scopes: ['send'] })
  })

  test.each<[string, Partial<StoredToken>, RegExp]>([
    ['revoked', { revokedAtMs: nowMs - 1 }, /The token a1 was revoked on/],
    ['expired', { expiresAtMs: nowMs - 1 }, /The token a1 expired on .*: it needs a successor/],
    ['not valid yet', { notBeforeMs: nowMs + 60_000 }, /The token a1 is valid from .* on/],
  ])('a token that is %s is unauthenticated, and named by its id', async (_, changes, message) => {
    expect(await outcome(withToken(changes), headers)).toEqual(denied('unauthenticated', message))
  })

  test('while a token is replaced, the old one and the new one are valid', async () => {
    const next = newTokenText()
    const known = [storedToken(text, { expiresAtMs: nowMs + 60_000 }), storedToken(next, { notBeforeMs: nowMs - 1 })]
    const tokens = { find: (hash: string) => known.find((token) => token.hash === hash) }
    for (const one of [text, next])
      expect(await outcome({ tokens }, { 'x-api-key': one })).toMatchObject({ tenant: 'acme' })
  })

  test('a request without a credential, or with one for another service, is unauthenticated', async () => {
    const tokens = { find: () => undefined }
    expect(await outcome({ tokens }, {})).toEqual(denied('unauthenticated', /no credential/))
    for (const key of ['sk-lf-1', `${text}x`, 'sl_', 'a.b.c'])
      expect(await outcome({ tokens }, { 'x-api-key': key })).toEqual(
        denied('unauthenticated', /no token of Spanledger/),
      )
    expect(await outcome({ tokens }, headers)).toEqual(denied('unauthenticated', /not known/))
  })

  test('a token that was made a moment ago is found, since the list is read again', async () => {
    let stored: StoredToken[] = []
    let reads = 0
    const read = async () => {
      reads++
      return stored
    }
    await using tokens = openTokenList({ read, everyMs: 600_000, askedEveryMs: 20, onFailed: () => {} })
    expect(await outcome({ tokens }, headers)).toEqual(denied('unauthenticated', /not known/))
    stored = [storedToken(text)]
    expect(await outcome({ tokens }, headers)).toMatchObject({ tenant: 'acme' })
    const before = reads
    for (let i = 0; i < 10; i++) await outcome({ tokens }, headers)
    expect(reads).toBe(before)
    // strangers don't read it more often than that
    await Promise.all(Array.from({ length: 50 }, () => outcome({ tokens }, { 'x-api-key': newTokenText() })))
    expect(reads).toBeLessThanOrEqual(before + 1)
  })

  test('where the list can not be read, a token that is known is good, and any other undecided', async () => {
    let isAway = false
    const failures: string[] = []
    const read = async () => {
      if (isAway) throw new Error('the database is away')
      return [storedToken(text)]
    }
    await using tokens = openTokenList({ read, everyMs: 10, askedEveryMs: 1, onFailed: (why) => failures.push(why) })
    expect(await outcome({ tokens }, headers)).toMatchObject({ tenant: 'acme' })
    isAway = true
    await expect.poll(() => failures).toEqual(['the database is away'])
    expect(await outcome({ tokens }, headers)).toMatchObject({ tenant: 'acme' })
    expect(await outcome({ tokens }, { 'x-api-key': newTokenText() })).toBeInstanceOf(Unavailable)
    await pause(50)
    expect(failures).toHaveLength(1)
  })

  test('a token that is revoked where it is stored is refused after the next read', async () => {
    let stored = [storedToken(text)]
    await using tokens = openTokenList({ read: async () => stored, everyMs: 5, askedEveryMs: 1, onFailed: () => {} })
    expect(await outcome({ tokens }, headers)).toMatchObject({ tenant: 'acme' })
    stored = [storedToken(text, { revokedAtMs: 1 })]
    await expect.poll(() => outcome({ tokens }, headers)).toEqual(denied('unauthenticated', /revoked/))
  })
})

describe('client certificates', () => {
  const certificates = { 'spiffe://test/acme': 'acme', 'globex.example': 'globex' }

  test.each<[string, readonly string[] | null, unknown]>([
    ['a URI', ['spiffe://test/acme'], { tenant: 'acme', scopes: ['send'] }],
    ['a DNS name among others', ['x.example', 'globex.example'], { tenant: 'globex', scopes: ['send'] }],
    ['names of two tenants', ['spiffe://test/acme', 'globex.example'], denied('forbidden', /several tenants/)],
    ['a name that is not known', ['x.example'], denied('unauthenticated', /of no tenant that is known/)],
    ['no certificate', null, denied('unauthenticated', /of no tenant that is known/)],
    ['a name of every object', ['constructor'], denied('unauthenticated', /of no tenant that is known/)],
  ])('%s', async (_, names, expected) => {
    expect(await outcome({ certificates }, { 'x-api-key': 'of another service' }, names)).toEqual(expected)
  })

  test('without tenants for names, each certificate is of the default tenant', () => {
    expect(identityOfCertificate([], {})).toEqual({ tenant: '', scopes: ['send'] })
  })

  test('a token and a certificate must be of one tenant', async () => {
    const text = newTokenText()
    const tokens = { find: () => storedToken(text) }
    const accepted = { tokens, certificates }
    const headers = { 'x-api-key': text }
    expect(await outcome(accepted, headers, ['spiffe://test/acme'])).toMatchObject({ tenant: 'acme' })
    expect(await outcome(accepted, headers, ['globex.example'])).toEqual(denied('forbidden', /different tenants/))
    expect(await outcome(accepted, headers, ['x.example'])).toMatchObject({ tenant: 'acme' })
    expect(await outcome({ tokens, certificates: {} }, headers, ['x.example'])).toMatchObject({ tenant: 'acme' })
  })

  test('a name with a comma in it is one name', () => {
    expect(namesIn('URI:spiffe://a/b, DNS:x.example, IP Address:10.0.0.1, email:a@b.example')).toEqual([
      'spiffe://a/b',
      'x.example',
    ])
    expect(namesIn('DNS:"evil.example, DNS:acme.example", DNS:b')).toEqual(['evil.example, DNS:acme.example', 'b'])
  })
})

describe('wrong credentials', () => {
  const wrong = new Denied('unauthenticated', 'wrong')

  test('are limited by address: too many of them are asked to wait', () => {
    let nowMs = 0
    const failed = openFailedAttempts({ most: 2, windowMs: 10_000 }, () => nowMs)
    expect([failed('10.0.0.1', wrong), failed('10.0.0.1', wrong)]).toEqual([wrong, wrong])
    expect(failed('10.0.0.1', wrong)).toMatchObject({ refusal: 'too-many', retryAfterSeconds: 10 })
    expect(failed('::ffff:10.0.0.1', wrong)).toMatchObject({ refusal: 'too-many' })
    expect(failed('10.0.0.2', wrong)).toBe(wrong)
    nowMs = 10_000
    expect(failed('10.0.0.1', wrong)).toBe(wrong)
  })

  test('a network of IPv6 counts as one address', () => {
    const failed = openFailedAttempts({ most: 1 })
    expect(failed('2001:db8::1', wrong)).toBe(wrong)
    expect(failed('2001:db8:0:0:ffff::2', wrong)).toMatchObject({ refusal: 'too-many' })
    expect(failed('2001:db8:0:1::1', wrong)).toBe(wrong)
    expect(failed('::1', wrong)).toBe(wrong)
  })

  test('so many addresses are remembered at most', () => {
    const failed = openFailedAttempts({ most: 1, mostAddresses: 2 })
    for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) expect(failed(address, wrong)).toBe(wrong)
    expect(failed('10.0.0.3', wrong)).toMatchObject({ refusal: 'too-many' })
    expect(failed('10.0.0.1', wrong)).toBe(wrong)
  })

  test('a good credential is never asked to wait, though its address sends wrong ones', async () => {
    const text = newTokenText()
    const authenticate = openAuthenticator({
      tokens: { find: (hash) => (hash === tokenHash(text) ? storedToken(text) : undefined) },
      jwt: null,
      certificates: null,
      onWrong: openFailedAttempts({ most: 1 }),
    })
    const ask = async (key: string) => {
      const header = (name: string) => (name === 'x-api-key' ? key : undefined)
      return authenticate({ header, address: '10.0.0.1', certificateNames: () => null })
    }
    await expect(ask('wrong')).rejects.toMatchObject({ refusal: 'unauthenticated' })
    await expect(ask('wrong')).rejects.toMatchObject({ refusal: 'too-many' })
    expect(await ask(text)).toMatchObject({ tenant: 'acme' })
  })
})
