import { describe, expect, test } from 'vitest'
import { type ExporterOptions, PostgresSpanExporter } from '../../../src/exporter.ts'
import { settingsOf } from '../../../src/exporting/config/settings.ts'
import { configOf } from '../../support/config.ts'

describe('E30: variables', () => {
  const warnings: string[] = []
  const log = { warn: (text: string) => void warnings.push(text) }
  const settings = (options: ExporterOptions, env: Record<string, string> = {}) => {
    warnings.length = 0
    const variables = Object.entries(env).map(([name, value]) => [`OTEL_EXPORTER_POSTGRES_${name}`, value])
    return settingsOf(options, Object.fromEntries(variables), log)
  }

  test.each([
    ['CONNECTION_STRING', 'postgres://a@b/c', { connectionString: 'postgres://a@b/c' }],
    ['POOL_SIZE', '5', { poolSize: 5 }],
    ['TENANT', 'acme', { tenant: 'acme' }],
    ['TENANT', '', { tenant: '' }],
    ['TIMEOUT', '2500', { timeoutMs: 2_500 }],
    ['MIGRATE', 'TRUE', { migrate: true }],
    ['CONTENT', 'none', { content: 'none' }],
    ['CONTENT', '500', { content: 500 }],
    ['TIMEOUT', '', { timeoutMs: 10_000 }],
  ])('%s=%s', (name, value, expected) => {
    expect(settings({}, { [name]: value })).toMatchObject(expected)
    expect(warnings).toEqual([])
  })

  test.each([
    ['TIMEOUT', 'soon', { timeoutMs: 10_000 }],
    ['POOL_SIZE', '0', { poolSize: 2 }],
    ['MIGRATE', 'perhaps', { migrate: false }],
    ['CONTENT', 'some', { content: 'all' }],
    ['CONNECTION_STRING', 'mysql://a', { connectionString: undefined }],
  ])('%s=%s is reported, and left out', (name, value, expected) => {
    expect(settings({}, { [name]: value })).toMatchObject(expected)
    expect(warnings).toEqual([expect.stringMatching(`^OTEL_EXPORTER_POSTGRES_${name} is left out: it must be `)])
  })

  test('E31: a tenant that can not be meant is an error, however it is named', () => {
    expect(() => settings({}, { TENANT: 'pg_acme' })).toThrow(`"pg_acme" can't be the name of a tenant: `)
    expect(() => settings({ tenant: 'Acme' })).toThrow(`"Acme" can't be the name of a tenant: `)
  })

  test('are weaker than options', () => {
    expect(settings({ poolSize: 3, content: 'all' }, { POOL_SIZE: '5', CONTENT: 'none' })).toMatchObject({
      poolSize: 3,
      content: 'all',
    })
  })
})

test.each<[string, ExporterOptions, RegExp]>([
  [
    'a time-out that is no number',
    { timeoutMillis: Number.NaN },
    /timeoutMillis must be a whole number, 100 to 600000/,
  ],
  ['an unknown content', { content: 'some' as never }, /content must be 'all', 'none', or a whole number/],
  [
    'an attribute for an unknown field',
    { attributes: { workflow: ['a'] } },
    /attributes: there is no workflow; there are workflow_id,/,
  ],
  ['two databases', { connectionString: 'postgres://a/b', pool: {} as never }, /give one of connectionString and pool/],
])('E31: the constructor throws for %s', (_, options, message) => {
  expect(() => new PostgresSpanExporter(options)).toThrow(message)
})

test('E34: the defaults that decide the rows are those of a receiver', () => {
  const receiver = configOf({})
  const { content, textCharacters, payloadBytes, absentParent, attributes, workflowKeys, prices } = settingsOf({}, {})
  expect({ content, textCharacters, payloadBytes, absentParent, attributes, workflowKeys, prices }).toEqual({
    content: receiver.content,
    textCharacters: receiver.textCharacters,
    payloadBytes: receiver.payloadBytes,
    absentParent: receiver.absentParent,
    attributes: receiver.attributes,
    workflowKeys: receiver.workflowKeys,
    prices: receiver.prices,
  })
})
