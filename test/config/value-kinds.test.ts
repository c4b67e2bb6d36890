import { describe, expect, test } from 'vitest'
import { shownValue } from '../../src/config/load.ts'
import { settings } from '../../src/config/settings.ts'
import { retentionOf } from '../../src/config/value-kinds.ts'
import { configOf } from '../support/config.ts'
import { wrongMessage } from './wrong.ts'

describe('a value of the environment', () => {
  test.each([
    ['[::1]:4318', { host: '::1', port: 4318 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['0.0.0.0:65535', { host: '0.0.0.0', port: 65_535 }],
  ])('is read: the address %s', (text, listen) => {
    expect(configOf({ SPANLEDGER_HTTP_LISTEN: text }).httpListen).toEqual(listen)
  })

  test.each([
    ['wait', 'wait'],
    ['ends', 'ends'],
    ['shop, search ,', ['shop', 'search']],
  ])('is read: SPANLEDGER_ABSENT_PARENT=%s', (text, value) => {
    expect(configOf({ SPANLEDGER_ABSENT_PARENT: text }).absentParent).toEqual(value)
  })

  test.each([
    ['ALL', 'trace'],
    ['NONE', 'silent'],
    ['Warn', 'warn'],
  ])('is read: OTEL_LOG_LEVEL=%s, which its own variable goes before', (word, level) => {
    expect(configOf({ OTEL_LOG_LEVEL: word }).logLevel).toBe(level)
    expect(configOf({ OTEL_LOG_LEVEL: word, SPANLEDGER_LOG_LEVEL: 'fatal' }).logLevel).toBe('fatal')
  })

  test.each(['all', 'none', '64', '16777216'])('is read: SPANLEDGER_CONTENT=%s', (text) => {
    expect(String(configOf({ SPANLEDGER_CONTENT: text }).content)).toBe(text)
  })

  test('is read: SPANLEDGER_RETENTION, of which a tenant may have other days', () => {
    const text = '{"event_logs": "90d", "token_usage": 400, "tenants": {"acme": {"event_logs": "30d"}}}'
    const { retention } = configOf({ SPANLEDGER_RETENTION: text })
    expect(retentionOf(retention, '')).toEqual({ event_logs: 90, token_usage: 400 })
    expect(retentionOf(retention, 'acme')).toEqual({ event_logs: 30, token_usage: 400 })
    expect(retentionOf(configOf({}).retention, 'acme')).toEqual({})
  })

  const five = { task_executions: 90, event_logs: 30, token_usage: 90, tool_executions: 9, agent_executions: 9 }

  test('is read: a ledger that outlives the rows, for all or for a tenant', () => {
    const text = JSON.stringify({ ...five, tenants: { acme: { ledger: 90 }, globex: { event_logs: '400d' } } })
    const { retention } = configOf({ SPANLEDGER_RETENTION: text })
    expect(retentionOf(retention, 'acme')).toEqual({ ...five, ledger: 90 })
    expect(retentionOf(retention, 'globex')).toEqual({ ...five, event_logs: 400 })
  })

  test.each([
    { ledger: 400 },
    { ...five, ledger: 89 },
    { ...five, ledger: 90, tenants: { acme: { event_logs: 91 } } },
    { ...five, tenants: { acme: { ledger: 30 } } },
  ])('is refused: a ledger that does not outlive the rows, %j', (value) => {
    expect(wrongMessage({ SPANLEDGER_RETENTION: JSON.stringify(value) })).toMatch(
      /SPANLEDGER_RETENTION can't be .*`ledger`, where each of these tables has a number, at least the largest of them\.$/,
    )
  })

  test.each(['{"events": "90d"}', '{"event_logs": "0d"}', '{"event_logs": "1w"}', '{"tenants": {"Acme!": {}}}', '90d'])(
    'is refused: SPANLEDGER_RETENTION=%s',
    (text) => {
      expect(wrongMessage({ SPANLEDGER_RETENTION: text })).toContain('in days from 1 to 36500')
    },
  )

  test('is read: SPANLEDGER_CORS_ORIGINS', () => {
    const origins = ['https://app.example.com', 'http://localhost:3000', '*']
    expect(configOf({ SPANLEDGER_CORS_ORIGINS: origins.join(', ') }).corsOrigins).toEqual(origins)
  })

  test('is read: workflow keys and prices', () => {
    const prices = { 'gpt-x': { input: 1.25, output: 10, cached: 0.125 } }
    const config = configOf({ SPANLEDGER_WORKFLOW_KEYS: 'app.run, job', SPANLEDGER_PRICES: JSON.stringify(prices) })
    expect(config.workflowKeys).toEqual(['app.run', 'job'])
    expect(config.prices).toEqual(prices)
  })

  test('is read: the servers of tenants, without their passwords where they are shown', () => {
    const url = 'postgres://me:secret@db-2/agents'
    const { tenants } = configOf({ SPANLEDGER_TENANTS: JSON.stringify({ acme: url, globex: { database_url: url } }) })
    expect(tenants).toEqual({ acme: url, globex: url })
    const shown = { database_url: 'postgres://me:***@db-2/agents' }
    expect(shownValue(settings.tenants, tenants)).toEqual({ acme: shown, globex: shown })
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
  ])('is refused with its key, its value and what is allowed: %s=%s', (key, value) => {
    const message = wrongMessage({ [key]: value })
    expect(message.startsWith(`${key} can't be ${JSON.stringify(value)}`)).toBe(true)
    const { allowed } = Object.values(settings).find((setting) => setting.key === key)!
    expect(message.endsWith(`Allowed: ${allowed}.`)).toBe(true)
  })

  test.each(['{"acme": "mysql://me:secret@db"}', '{"pg_acme": "postgres://me:secret@db"}', '["secret"]'])(
    'is refused without showing it where it has passwords: the servers of tenants %s',
    (SPANLEDGER_TENANTS) => {
      const message = wrongMessage({ SPANLEDGER_TENANTS })
      expect(message).toMatch(/^SPANLEDGER_TENANTS can't be "\(not shown\)"/)
      expect(message).not.toContain('secret')
    },
  )

  test('is refused with its wrong part where it is a map', () => {
    expect(wrongMessage({ SPANLEDGER_PRICES: '{"m":{"input":"1","output":2}}' })).toContain('m.input')
  })
})
