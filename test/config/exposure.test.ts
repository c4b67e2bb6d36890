import { expect, test } from 'vitest'
import { checkExposure, sendsSecretsInClearText } from '../../src/config/exposure.ts'
import { configOf } from '../support/config.ts'

const everywhere = { SPANLEDGER_HTTP_LISTEN: '0.0.0.0:4318' }
const tls = { SPANLEDGER_TLS_CERT_FILE: '/c', SPANLEDGER_TLS_KEY_FILE: '/k' }
const jwt = { issuer: 'https://i/', audience: 'a', keys: '/keys', algorithms: ['RS256'] }

test.each(['127.0.0.1:1', '127.9.9.9:1', '[::1]:1', 'localhost:1'])('only this machine reaches %s', (listen) => {
  checkExposure(configOf({ SPANLEDGER_HTTP_LISTEN: listen, SPANLEDGER_GRPC_LISTEN: listen }))
})

test.each([
  '0.0.0.0:1',
  '[::]:1',
  '10.0.0.1:1',
  '[fd00::1]:1',
  '[::ffff:10.0.0.1]:1',
  'ledger:1',
  'localhost.example:1',
])('others may reach %s, so it needs a credential', (listen) => {
  for (const key of ['SPANLEDGER_HTTP_LISTEN', 'SPANLEDGER_GRPC_LISTEN'])
    expect(() => checkExposure(configOf({ [key]: listen }))).toThrow(`${key} can't be "${listen}" without credentials`)
})

test.each<[string, Record<string, string>]>([
  ['tokens', { SPANLEDGER_TOKENS: 'table' }],
  ['JWTs', { SPANLEDGER_JWT: JSON.stringify(jwt) }],
  ['client certificates', { ...tls, SPANLEDGER_TLS_CLIENT_CA_FILE: '/ca' }],
  ['--insecure', { SPANLEDGER_INSECURE: 'true' }],
])('%s let it listen everywhere', (_, settings) => {
  checkExposure(configOf({ ...everywhere, ...settings }))
})

test('TLS alone keeps nobody out', () => {
  expect(() => checkExposure(configOf({ ...everywhere, ...tls }))).toThrow('without credentials')
})

test('credentials in clear text over a network are found', () => {
  const tokens = { SPANLEDGER_TOKENS: 'table' }
  expect(sendsSecretsInClearText(configOf({ ...everywhere, ...tokens }))).toBe(true)
  expect(sendsSecretsInClearText(configOf({ ...everywhere, ...tokens, ...tls }))).toBe(false)
  expect(sendsSecretsInClearText(configOf(tokens))).toBe(false)
})

test.each([
  [{ SPANLEDGER_TLS_CERT_FILE: '/c' }, 'SPANLEDGER_TLS_CERT_FILE is set without SPANLEDGER_TLS_KEY_FILE'],
  [{ SPANLEDGER_TLS_KEY_FILE: '/k' }, 'SPANLEDGER_TLS_KEY_FILE is set without SPANLEDGER_TLS_CERT_FILE'],
  [{ SPANLEDGER_TLS_CLIENT_CA_FILE: '/ca' }, 'SPANLEDGER_TLS_CLIENT_CA_FILE is set without SPANLEDGER_TLS_CERT_FILE'],
  [{ SPANLEDGER_TLS_CLIENT_TENANTS: '{"a.example": "acme"}' }, 'SPANLEDGER_TLS_CLIENT_TENANTS is set without'],
  [{ SPANLEDGER_TLS_MIN_VERSION: '1.1' }, 'SPANLEDGER_TLS_MIN_VERSION can\'t be "1.1". Allowed: 1.2 or 1.3.'],
  [{ SPANLEDGER_TLS_CLIENT_TENANTS: '{"a.example": "public"}' }, "SPANLEDGER_TLS_CLIENT_TENANTS can't be"],
  [{ SPANLEDGER_JWT: JSON.stringify({ ...jwt, algorithms: ['HS256'] }) }, "SPANLEDGER_JWT can't be"],
  [{ SPANLEDGER_JWT: JSON.stringify({ ...jwt, audience: undefined }) }, "SPANLEDGER_JWT can't be"],
])('what can not be stops the start: %o', (env, message) => {
  expect(() => configOf(env as Record<string, string>)).toThrow(message)
})

test('an issuer may stand alone or in a list', () => {
  const { jwt: one } = configOf({ SPANLEDGER_JWT: JSON.stringify(jwt) })
  expect(one).toEqual([{ ...jwt, tenantClaim: null, scopeClaim: null }])
  expect(configOf({ SPANLEDGER_JWT: JSON.stringify([jwt, jwt]) }).jwt).toHaveLength(2)
})
