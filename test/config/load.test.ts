import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { settings } from '../../src/config/settings.ts'
import { Misconfigured } from '../../src/errors.ts'
import { configOf } from '../support/config.ts'
import { wrongMessage } from './wrong.ts'

describe('configure', () => {
  test('has the documented defaults where nothing is set', () => {
    expect(configOf({})).toEqual({
      databaseUrl: null,
      tenants: {},
      httpListen: { host: '127.0.0.1', port: 4318 },
      grpcListen: { host: '127.0.0.1', port: 4317 },
      corsOrigins: [],
      tlsCertFile: null,
      tlsKeyFile: null,
      tlsClientCaFile: null,
      tlsMinVersion: '1.2',
      tlsClientTenants: {},
      tokens: 'none',
      jwt: [],
      insecure: false,
      dataDir: './.spanledger',
      turnTimeoutMs: 10_000,
      migrate: true,
      maxRequestBytes: 67_108_864,
      maxInflightBytes: 75_497_472,
      maxBatchSpans: 4096,
      lanes: 2,
      answerTimeoutMs: 4000,
      startTimeoutMs: 300_000,
      beginWithinMs: 2500,
      shutdownTimeoutMs: 10_000,
      maxConnectionAgeMs: 600_000,
      workflowKeys: [],
      attributes: {},
      absentParent: 'wait',
      prices: {},
      processes: 1,
      refusedDays: 30,
      refusedSpans: 100_000,
      retention: { all: {}, tenants: {} },
      archive: null,
      content: 'all',
      redaction: null,
      redactionKey: null,
      page: 'on',
      readerDatabaseUrl: null,
      budgets: [],
      budgetWebhookUrl: null,
      budgetWebhookSecret: [],
      metricsTenants: 0,
      grpcHealth: false,
      grpcReflection: false,
      payloadBytes: 16_384,
      textCharacters: 65_536,
      logLevel: 'info',
      cacheSpans: 50_000,
    })
  })

  test('freezes all parts of the configuration', () => {
    const config = configOf({ SPANLEDGER_PRICES: '{"m":{"input":1,"output":2}}' })
    for (const part of [config, config.httpListen, config.prices, config.prices.m])
      expect(Object.isFrozen(part)).toBe(true)
  })

  test('prefers a flag to the environment, and the environment to the default', () => {
    expect(configOf({ SPANLEDGER_LANES: '3' }).lanes).toBe(3)
    expect(configOf({ SPANLEDGER_LANES: '3' }, { lanes: '5' }).lanes).toBe(5)
    expect(configOf({ SPANLEDGER_MIGRATE: 'true' }, { migrate: false }).migrate).toBe(false)
    expect(configOf({ SPANLEDGER_MIGRATE: 'false' }).migrate).toBe(false)
  })

  test('treats an empty variable as absent', () => {
    expect(configOf({ SPANLEDGER_LANES: '' }).lanes).toBe(2)
  })
})

describe('databaseUrl', () => {
  test('is made of libpq’s variables, with their special characters escaped', () => {
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

  test('is DATABASE_URL where that is set as well', () => {
    expect(configOf({ PGHOST: 'other', DATABASE_URL: 'postgres://h/d' }).databaseUrl).toBe('postgres://h/d')
  })
})

describe('a wrong configuration', () => {
  test('names an unknown variable and lists the known ones', () => {
    const messages = [wrongMessage({ SPANLEDGER_LANE: '1' }), wrongMessage({ SPANLEDGER_lanes: '1' })]
    for (const message of messages)
      expect(message).toMatch(/^SPANLEDGER_(LANE|lanes) is no setting\..*SPANLEDGER_LANES/)
  })

  test('names an unknown flag and lists the known ones', () => {
    expect(wrongMessage({}, { lane: '1' })).toMatch(/^lane is no setting\..*\blanes\b/)
  })

  test('names a wrong flag with its dashes', () => {
    expect(wrongMessage({ SPANLEDGER_LANES: '1' }, { lanes: 'x' })).toMatch(/^--lanes can't be "x"/)
  })

  test('may not let requests wait longer than their answers take', () => {
    expect(wrongMessage({ SPANLEDGER_BEGIN_WITHIN_MS: '4000' })).toMatch(
      /^SPANLEDGER_BEGIN_WITHIN_MS can't be "4000".*SPANLEDGER_ANSWER_TIMEOUT_MS/,
    )
  })

  test('shows no password', () => {
    for (const url of ['mysql://u:hidden@h/d', 'mysql://h/d?password=hidden', 'hidden', 'http://u:hidden@/d']) {
      expect(wrongMessage({ DATABASE_URL: url })).not.toContain('hidden')
    }
  })

  test('throws Misconfigured, and no other error, for any text', () => {
    const keys = Object.values(settings).map((setting) => setting.key)
    const environment = fc.dictionary(fc.constantFrom(...keys), fc.string(), { maxKeys: 3 })
    fc.assert(
      fc.property(environment, (env) => {
        let result: unknown
        try {
          result = configOf(env)
        } catch (error) {
          result = error
        }
        expect(result instanceof Misconfigured || Object.keys(result as object).length > 20).toBe(true)
      }),
    )
  })
})
