import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { settings } from '../src/config/settings.ts'
import { Misconfigured } from '../src/errors.ts'
import { configOf } from './support/config.ts'

describe('configure', () => {
  test('with nothing given is complete and made of the documented defaults', () => {
    expect(configOf({})).toEqual({
      databaseUrl: null,
      httpListen: { host: '127.0.0.1', port: 4318 },
      grpcListen: { host: '127.0.0.1', port: 4317 },
      corsOrigins: [],
      dataDir: './.spanledger',
      turnTimeoutMs: 10_000,
      migrate: true,
      maxRequestBytes: 67_108_864,
      maxInflightBytes: 268_435_456,
      maxBatchSpans: 4096,
      lanes: 2,
      answerTimeoutMs: 4000,
      beginWithinMs: 2500,
      shutdownTimeoutMs: 10_000,
      workflowKeys: [],
      attributes: {},
      absentParent: 'wait',
      prices: {},
      processes: 1,
      refusedDays: 30,
      refusedSpans: 100_000,
      content: 'all',
      payloadBytes: 16_384,
      textCharacters: 65_536,
      logLevel: 'info',
      cacheSpans: 200_000,
    })
  })

  test('is frozen, all the way down', () => {
    const config = configOf({ SPANLEDGER_PRICES: '{"m":{"input":1,"output":2}}' })
    for (const part of [config, config.httpListen, config.prices, config.prices.m])
      expect(Object.isFrozen(part)).toBe(true)
  })

  test('takes a flag before the environment, and the environment before the default', () => {
    expect(configOf({ SPANLEDGER_LANES: '3' }).lanes).toBe(3)
    expect(configOf({ SPANLEDGER_LANES: '3' }, { lanes: '5' }).lanes).toBe(5)
    expect(configOf({ SPANLEDGER_MIGRATE: 'true' }, { migrate: false }).migrate).toBe(false)
    expect(configOf({ SPANLEDGER_MIGRATE: 'false' }).migrate).toBe(false)
  })

  test('takes an empty variable as an absent one', () => {
    expect(configOf({ SPANLEDGER_LANES: '' }).lanes).toBe(2)
  })

  test.each([
    ['[::1]:4318', { host: '::1', port: 4318 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['0.0.0.0:65535', { host: '0.0.0.0', port: 65_535 }],
  ])('reads the address %s', (text, listen) => {
    expect(configOf({ SPANLEDGER_HTTP_LISTEN: text }).httpListen).toEqual(listen)
  })

  test.each([
    ['wait', 'wait'],
    ['ends', 'ends'],
    ['shop, search ,', ['shop', 'search']],
  ])('reads SPANLEDGER_ABSENT_PARENT=%s', (text, value) => {
    expect(configOf({ SPANLEDGER_ABSENT_PARENT: text }).absentParent).toEqual(value)
  })

  test.each([
    ['ALL', 'trace'],
    ['NONE', 'silent'],
    ['Warn', 'warn'],
  ])('reads OTEL_LOG_LEVEL=%s, which its own variable goes before', (word, level) => {
    expect(configOf({ OTEL_LOG_LEVEL: word }).logLevel).toBe(level)
    expect(configOf({ OTEL_LOG_LEVEL: word, SPANLEDGER_LOG_LEVEL: 'fatal' }).logLevel).toBe('fatal')
  })

  test.each(['all', 'none', '64', '16777216'])('reads SPANLEDGER_CONTENT=%s', (text) => {
    expect(String(configOf({ SPANLEDGER_CONTENT: text }).content)).toBe(text)
  })

  test('reads SPANLEDGER_CORS_ORIGINS', () => {
    const origins = ['https://app.example.com', 'http://localhost:3000', '*']
    expect(configOf({ SPANLEDGER_CORS_ORIGINS: origins.join(', ') }).corsOrigins).toEqual(origins)
  })

  test('reads workflow keys and prices', () => {
    const prices = { 'gpt-x': { input: 1.25, output: 10, cached: 0.125 } }
    const config = configOf({ SPANLEDGER_WORKFLOW_KEYS: 'app.run, job', SPANLEDGER_PRICES: JSON.stringify(prices) })
    expect(config.workflowKeys).toEqual(['app.run', 'job'])
    expect(config.prices).toEqual(prices)
  })
})

describe('the database', () => {
  test('is made of the standard variables, whatever characters they have', () => {
    const env = {
      PGHOST: 'db',
      PGPORT: '5433',
      PGUSER: 'an@a',
      PGPASSWORD: 'p:/w?',
      PGDATABASE: 'a b',
      PGSSLMODE: 'require',
    }
    expect(configOf(env).databaseUrl).toBe('postgres://an%40a:p%3A%2Fw%3F@db:5433/a%20b?sslmode=require')
  })

  test('may be behind a socket or an IPv6 address', () => {
    expect(configOf({ PGHOST: '/run/postgresql', PGDATABASE: 'd' }).databaseUrl).toBe(
      'postgres://%2Frun%2Fpostgresql/d',
    )
    expect(configOf({ PGHOST: '::1', PGUSER: 'u' }).databaseUrl).toBe('postgres://u@[::1]/')
  })

  test('is DATABASE_URL, whatever else is set', () => {
    expect(configOf({ PGHOST: 'other', DATABASE_URL: 'postgres://h/d' }).databaseUrl).toBe('postgres://h/d')
  })
})

describe('what is wrong', () => {
  test('an unknown variable is named, and all known ones listed', () => {
    const messages = [messageOf({ SPANLEDGER_LANE: '1' }), messageOf({ SPANLEDGER_lanes: '1' })]
    for (const message of messages)
      expect(message).toMatch(/^SPANLEDGER_(LANE|lanes) is no setting\..*SPANLEDGER_LANES/)
  })

  test('an unknown flag is named', () => {
    expect(messageOf({}, { lane: '1' })).toMatch(/^lane is no setting\..*\blanes\b/)
  })

  test.each([
    ['SPANLEDGER_LANES', 'two'],
    ['SPANLEDGER_LANES', '0'],
    ['SPANLEDGER_LANES', '65'],
    ['SPANLEDGER_LANES', '2.5'],
    ['SPANLEDGER_LANES', '-1'],
    ['SPANLEDGER_LANES', '1e1'],
    ['SPANLEDGER_HTTP_LISTEN', '4318'],
    ['SPANLEDGER_HTTP_LISTEN', '::1:4318'],
    ['SPANLEDGER_GRPC_LISTEN', 'host:65536'],
    ['SPANLEDGER_MIGRATE', 'yes'],
    ['SPANLEDGER_CORS_ORIGINS', 'app.example.com'],
    ['SPANLEDGER_CORS_ORIGINS', 'https://app.example.com/'],
    ['SPANLEDGER_CORS_ORIGINS', 'https://*.example.com'],
    ['SPANLEDGER_CONTENT', 'some'],
    ['SPANLEDGER_CONTENT', '63'],
    ['SPANLEDGER_LOG_LEVEL', 'loud'],
    ['DATABASE_URL', 'mysql://h/d'],
    ['SPANLEDGER_PRICES', 'gpt=1'],
    ['SPANLEDGER_PRICES', '[]'],
    ['SPANLEDGER_PRICES', '{"m":{"output":1}}'],
    ['SPANLEDGER_PRICES', '{"m":{"input":-1,"output":1}}'],
    ['SPANLEDGER_PRICES', '{"m":{"input":1,"output":1,"cache_reads":1}}'],
  ])('%s=%s: the message names the key, the value and what is allowed', (key, value) => {
    const message = messageOf({ [key]: value })
    expect(message.startsWith(`${key} can't be ${JSON.stringify(value)}`)).toBe(true)
    const { allowed } = Object.values(settings).find((setting) => setting.key === key)!
    expect(message.endsWith(`Allowed: ${allowed}.`)).toBe(true)
  })

  test('a price says which part of it is wrong', () => {
    expect(messageOf({ SPANLEDGER_PRICES: '{"m":{"input":"1","output":2}}' })).toContain('m.input')
  })

  test('a flag is named as a flag', () => {
    expect(messageOf({ SPANLEDGER_LANES: '1' }, { lanes: 'x' })).toMatch(/^--lanes can't be "x"/)
  })

  test('a request may not wait longer than its answer takes', () => {
    expect(messageOf({ SPANLEDGER_BEGIN_WITHIN_MS: '4000' })).toMatch(
      /^SPANLEDGER_BEGIN_WITHIN_MS can't be "4000".*SPANLEDGER_ANSWER_TIMEOUT_MS/,
    )
  })

  test('a password is never shown', () => {
    for (const url of ['mysql://u:hidden@h/d', 'mysql://h/d?password=hidden', 'hidden', 'http://u:hidden@/d']) {
      expect(messageOf({ DATABASE_URL: url })).not.toContain('hidden')
    }
  })

  test('whatever is given, it is a configuration or Misconfigured', () => {
    const keys = Object.values(settings).map((setting) => setting.key)
    const environment = fc.dictionary(fc.constantFrom(...keys), fc.string(), { maxKeys: 3 })
    fc.assert(
      fc.property(environment, (env) => {
        try {
          configOf(env)
        } catch (error) {
          expect(error).toBeInstanceOf(Misconfigured)
        }
      }),
    )
  })
})

function messageOf(env: Record<string, string>, flags: Record<string, string> = {}): string {
  try {
    configOf(env, flags)
  } catch (error) {
    expect(error).toBeInstanceOf(Misconfigured)
    return (error as Misconfigured).message
  }
  throw new Error('this is no wrong configuration')
}
