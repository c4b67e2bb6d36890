import { describe, expect, test } from 'vitest'
import { parseConfigFile, readConfigFile } from '../../src/config/file.ts'
import { configure } from '../../src/config/load.ts'
import { fileKey, settings } from '../../src/config/settings.ts'
import { Misconfigured } from '../../src/errors.ts'
import { snippet } from '../support/documents.ts'

function configured(text: string, env: Record<string, string> = {}, flags: Record<string, string> = {}) {
  return configure({ file: parseConfigFile('a.yaml', text), env, flags })
}

describe('a configuration file', () => {
  test('is preferred to the defaults, and the environment and flags to it', () => {
    const { config, origins } = configured(
      'lanes: 3\nprocesses: 3\ncache_spans: 3',
      { SPANLEDGER_PROCESSES: '4' },
      { cacheSpans: '5' },
    )
    expect(config).toMatchObject({ lanes: 3, processes: 4, cacheSpans: 5, logLevel: 'info' })
    expect(origins).toMatchObject({
      lanes: 'a.yaml:1',
      processes: 'SPANLEDGER_PROCESSES',
      cacheSpans: '--cache-spans',
      logLevel: 'default',
    })
  })

  test('may have lists, maps, numbers and booleans, or texts as variables have', () => {
    const natural = 'workflow_keys: [a, b]\nabsent_parent: [shop]\nprices: {m: {input: 1}}\nmigrate: false\nlanes: 3'
    const textual = `workflow_keys: a, b\nabsent_parent: shop\nprices: '{"m":{"input":1}}'\nmigrate: "false"\nlanes: "3"`
    expect(configured(natural).config).toEqual(configured(textual).config)
    expect(configured(natural).config).toMatchObject({
      absentParent: ['shop'],
      prices: { m: { input: 1 } },
      migrate: false,
    })
  })

  test('adds attributes as a list, or before and after the known ones', () => {
    const natural = 'attributes:\n  user_id: [app.user]\n  tool_name: {last: [app.tool]}'
    const textual = `attributes: '{"user_id":["app.user"],"tool_name":{"last":["app.tool"]}}'`
    expect(configured(natural).config).toEqual(configured(textual).config)
    expect(configured(natural).config.attributes).toEqual({
      user_id: { first: ['app.user'], last: [] },
      tool_name: { first: [], last: ['app.tool'] },
    })
  })

  test('may have every setting', () => {
    const text = Object.entries(settings).map(([name, setting]) => `${fileKey(name)}: ${setting.default}\n`)
    expect(configured(text.join('')).config).toEqual(configured('').config)
  })

  test('may have anchors and empty keys', () => {
    expect(configured('workflow_keys: &keys [a]\nabsent_parent: *keys\nlanes:\n').config).toMatchObject({
      absentParent: ['a'],
      lanes: 2,
    })
  })

  test('is preferred to libpq’s variables, and DATABASE_URL to it', () => {
    const file = 'database_url: postgres://h/d'
    expect(configured(file, { PGUSER: 'u' }).config.databaseUrl).toBe('postgres://h/d')
    expect(configured(file, { DATABASE_URL: 'postgres://i/d' }).config.databaseUrl).toBe('postgres://i/d')
  })

  test('must exist where it is named', () => {
    expect(readConfigFile(undefined)).toBeNull()
    expect(() => readConfigFile('nowhere.yaml')).toThrow(/^nowhere\.yaml can't be read .*ENOENT/)
  })

  test('is in docs/settings.md as it may be written', () => {
    const example = snippet('configuration file')
    const { config, origins } = configured(example)
    expect(config.prices).toEqual({ 'our-model': { input: 1.25, output: 10, cached: 0.125 } })
    const said = Object.values(origins).filter((from) => from.startsWith('a.yaml'))
    expect(said).toHaveLength(parseConfigFile('a.yaml', example).entries.size)
  })
})

describe('a wrong file', () => {
  test.each([
    ['\nlane: 1', /^a\.yaml:2: lane is no setting\. Did you mean lanes\? .*\blanes\b/],
    ['SPANLEDGER_LANES: 1', /^a\.yaml:1: SPANLEDGER_LANES is no setting/],
    ['1: 1', /^a\.yaml:1: 1 is no setting/],
    ['? [a]\n: 1', /^a\.yaml:1: .* is no setting/],
    ['lanes: 1\nlanes: 1', /^a\.yaml:2: lanes stands twice\.$/],
    ['prices:\n  m: {input: 1}\n  m: {input: 1}', /^a\.yaml:3: m stands twice\.$/],
    ['\n\nlanes: two', /^a\.yaml:3: lanes can't be "two"\. Allowed: a whole number of transactions, 1 to 64\.$/],
    ['lanes: [1]', /^a\.yaml:1: lanes can't be \[1\]\. Allowed: /],
    ['lanes: 1.5', /^a\.yaml:1: lanes can't be 1\.5\. Allowed: /],
    ['migrate: yes', /^a\.yaml:1: migrate can't be "yes"\. Allowed: true or false\.$/],
    ['workflow_keys: {a: 1}', /^a\.yaml:1: workflow_keys can't be \{"a":1\}/],
    ['attributes: {users: [a]}', /^a\.yaml:1: attributes can't be .* \(users: .*Allowed: .*\buser_id\b/],
    ['attributes: {user_id: {before: [a]}}', /^a\.yaml:1: attributes can't be .* \(user_id: /],
    ['absent_parent: []', /^a\.yaml:1: absent_parent can't be \[\]/],
    ['prices: {m: {output: 1}}', /^a\.yaml:1: prices can't be .* \(m\.input: /],
    ['answer_timeout_ms: 500', /can't be "2500".*less than a\.yaml:1: answer_timeout_ms, which is 500/],
    ['- lanes', /^a\.yaml: the file must be a map/],
    ['lanes: !secret 1', /^a\.yaml:1: this is no YAML \(tag resolve failed\)\.$/],
    ['lanes: 1\n---\nlanes: 2', /^a\.yaml:2: this is no YAML \(multiple docs\)\.$/],
    ['a: &a [*b]', /^a\.yaml:1: this is no YAML \(bad alias\)\.$/],
  ])('is refused with its line and reason: %j', (text, message) => {
    expect(() => configured(text)).toThrow(message)
    expect(() => configured(text)).toThrow(Misconfigured)
  })

  test.each([
    'database_url: "hidden',
    'database_url: postgres://u:hidden@h/d: x',
    'database_url: {a: hidden}',
    'database_url: mysql://u:hidden@h/d',
    'database_url: @hidden',
    'database_url: [a\n  hidden: *hidden ]]]',
  ])('shows no secret: %j', (text) => {
    let message = ''
    try {
      configured(text)
    } catch (error) {
      message = (error as Misconfigured).message
    }
    expect(message).toMatch(/^a\.yaml:\d: /)
    expect(message).not.toContain('hidden')
  })
})
