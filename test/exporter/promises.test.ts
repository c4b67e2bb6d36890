import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SdkSpan } from '../../src/decode/sdk/sdk-types.ts'
import { type ExporterOptions, PostgresLogRecordExporter, PostgresSpanExporter } from '../../src/exporter.ts'
import { settingsOf } from '../../src/exporting/settings.ts'
import { configOf } from '../support/config.ts'
import { connect, freePort, freshDatabase, type TestDatabase } from '../support/postgres.ts'
import { exported, listenToDiag, makeTables, patient, runOf, until } from './apps.ts'

const { Client: pgClient } = pg

let database: TestDatabase
let rejections: unknown[]
const note = (reason: unknown) => void rejections.push(reason)

beforeEach(async () => {
  database = await freshDatabase()
  await makeTables(database.url)
  rejections = []
  process.on('unhandledRejection', note)
})

afterEach(async () => {
  process.off('unhandledRejection', note)
  await database[Symbol.asyncDispose]()
  expect(rejections).toEqual([])
})

function exporterFor(options: ExporterOptions = {}): PostgresSpanExporter & AsyncDisposable {
  const exporter = new PostgresSpanExporter({ connectionString: database.url, ...patient, ...options })
  return Object.assign(exporter, { [Symbol.asyncDispose]: () => exporter.shutdown() })
}

async function count(table = 'task_executions'): Promise<number> {
  await using client = await connect(database.url)
  const { rows } = await client.query(`select count(*)::int as n from ${table}`)
  return rows[0].n
}

/** Where nobody listens. */
const nowhere = async () => ({ connectionString: `postgres://nobody@127.0.0.1:${await freePort()}/none` })

describe('E2: export never throws and never rejects', () => {
  const strange: readonly [string, unknown][] = [
    ['null', null],
    ['undefined', undefined],
    ['text', 'spans'],
    ['spans that are none', [null, 1, {}]],
    [
      'a span whose getters throw',
      [
        new Proxy(
          {},
          {
            get: () => {
              throw new Error('no')
            },
          },
        ),
      ],
    ],
  ]
  test.each(strange)('given %s', async (_, given) => {
    await using exporter = exporterFor()
    const result = await new Promise((resolve) => exporter.export(given as SdkSpan[], resolve))
    expect(result).toHaveProperty('code')
    expect(await exported(exporter, runOf('after-it'))).toEqual({ code: 0 })
  })

  test('when the callback throws', async () => {
    using diag = listenToDiag()
    await using exporter = exporterFor()
    exporter.export(runOf('thrown'), () => {
      throw new Error('the callback does not like it')
    })
    await exporter.forceFlush()
    await until('it is told', () => diag.lines.some((line) => line.includes('the callback does not like it')))
  })
})

describe('E3: the callback is called once', () => {
  test('after success, failure and shutdown', async () => {
    const exporter = exporterFor()
    const away = new PostgresSpanExporter({ ...(await nowhere()), timeoutMillis: 300 })
    expect((await exported(exporter, runOf('a'))).code).toBe(0)
    expect((await exported(away, runOf('b'))).code).toBe(1)
    await Promise.all([exporter.shutdown(), away.shutdown()])
    expect((await exported(exporter, runOf('c'))).code).toBe(1)
  })
})

test('E9: spans stay as they are', async () => {
  await using exporter = exporterFor()
  const spans = runOf('frozen')
  const freeze = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
    Object.freeze(value)
    Object.values(value).forEach(freeze)
  }
  spans.forEach(freeze)
  expect(await exported(exporter, spans)).toEqual({ code: 0 })
})

test('E10: nothing to export succeeds without a connection', async () => {
  const exporter = new PostgresSpanExporter(await nowhere())
  expect(await exported(exporter, [])).toEqual({ code: 0 })
  await exporter.shutdown()
})

describe('E11: after shutdown', () => {
  test('nothing is exported, at once', async () => {
    const exporter = exporterFor()
    await exporter.shutdown()
    const { code, error } = await exported(exporter, runOf('late'))
    expect([code, error?.message]).toEqual([1, expect.stringContaining('shut down')])
    expect(await count()).toBe(0)
  })

  test('shutting down again, and flushing, resolves', async () => {
    const exporter = exporterFor()
    await exported(exporter, runOf('once'))
    await Promise.all([exporter.shutdown(), exporter.shutdown()])
    await exporter.shutdown()
    await exporter.forceFlush()
  })
})

test('E14: a flush resolves when the rows are there', async () => {
  await using exporter = exporterFor()
  for (let i = 0; i < 5; i++) exporter.export(runOf(`flushed-${i}`), () => {})
  await exporter.forceFlush()
  expect(await count()).toBe(5)
})

test('E14: a flush rejects when something in flight fails', async () => {
  const exporter = new PostgresSpanExporter({ ...(await nowhere()), timeoutMillis: 300 })
  exporter.export(runOf('lost'), () => {})
  await expect(exporter.forceFlush()).rejects.toThrow(/the database/)
  await exporter.shutdown()
})

test('E20: a pool that is given is used and stays', async () => {
  const pool = new pg.Pool({ connectionString: database.url })
  const exporter = new PostgresSpanExporter({ pool, ...patient })
  expect(await exported(exporter, runOf('by-a-pool'))).toEqual({ code: 0 })
  await exporter.shutdown()
  expect((await pool.query('select workflow_id from task_executions')).rows).toEqual([{ workflow_id: 'by-a-pool' }])
  await pool.end()
})

describe('E30: what is said by options and by variables', () => {
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
  ])('%s=%s is told, and left out', (name, value, expected) => {
    expect(settings({}, { [name]: value })).toMatchObject(expected)
    expect(warnings).toEqual([expect.stringMatching(`^OTEL_EXPORTER_POSTGRES_${name} is left out: it must be `)])
  })

  test('an option goes before its variable', () => {
    expect(settings({ poolSize: 3, content: 'all' }, { POOL_SIZE: '5', CONTENT: 'none' })).toMatchObject({
      poolSize: 3,
      content: 'all',
    })
  })
})

test.each<[string, ExporterOptions, RegExp]>([
  ['a time that is none', { timeoutMillis: Number.NaN }, /timeoutMillis must be a whole number, 100 to 600000/],
  ['another content', { content: 'some' as never }, /content must be 'all', 'none', or a whole number/],
  [
    'an attribute of no field',
    { attributes: { workflow: ['a'] } },
    /attributes: there is no workflow; there are workflow_id,/,
  ],
  ['two databases', { connectionString: 'postgres://a/b', pool: {} as never }, /give one of connectionString and pool/],
])('E31: %s is refused when the exporter is made', (_, options, message) => {
  expect(() => new PostgresSpanExporter(options)).toThrow(message)
})

test('E31: nothing is asked of the network before the first export', async () => {
  let asked = 0
  const server = createServer((socket) => {
    asked++
    socket.destroy()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const exporter = new PostgresSpanExporter({
    connectionString: `postgres://a@127.0.0.1:${port}/b`,
    timeoutMillis: 100,
  })
  await exporter.forceFlush()
  expect(asked).toBe(0)
  await until('it asks', async () => (await exported(exporter, runOf('asks'))).code === 1 && asked > 0)
  await exporter.shutdown()
  server.close()
})

test('E16: its connections can be told from those of the app', async () => {
  await using exporter = exporterFor()
  await exported(exporter, runOf('named'))
  await using client = await connect(database.url)
  const sql = "select count(*)::int as n from pg_stat_activity where application_name = 'spanledger-exporter'"
  expect((await client.query(sql)).rows[0].n).toBeGreaterThan(0)
})

test('E43: while a large batch is read the app has its turns', async () => {
  await using exporter = exporterFor()
  await exported(exporter, runOf('opened'))
  const spans = Array.from({ length: 512 }, (_, i) => runOf(`turn-${i}`))
    .flat()
    .slice(0, 512)
  let turns = 0
  const count = () => {
    turns++
    again = setImmediate(count)
  }
  let again = setImmediate(count)
  const turnsBefore = new Promise<number>((resolve) => {
    const { query } = pgClient.prototype
    pgClient.prototype.query = function (this: unknown, ...args: unknown[]) {
      pgClient.prototype.query = query
      resolve(turns)
      return (query as (...all: unknown[]) => unknown).apply(this, args)
    } as typeof query
  })
  const result = exported(exporter, spans)
  expect(await turnsBefore, 'before the first statement').toBeGreaterThanOrEqual(6)
  clearImmediate(again)
  expect((await result).code).toBe(0)
})

test('E32: who exports directly has the attributes of resources waited for', async () => {
  await using exporter = exporterFor()
  const [span] = runOf('waited-for')
  let attributes: Record<string, string> = {}
  const resource = {
    get attributes() {
      return attributes
    },
    asyncAttributesPending: true,
    waitForAsyncAttributes: async () => {
      attributes = { 'service.name': 'late' }
      resource.asyncAttributesPending = false
    },
  }
  expect(await exported(exporter, [{ ...span!, resource }])).toEqual({ code: 0 })
  await using client = await connect(database.url)
  const { rows } = await client.query('select facts from spanledger.ledger')
  expect(JSON.stringify(rows)).toContain('late')
})

test('E34: what decides the rows is by default what it is in a receiver', () => {
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

test('a log exporter shares the connections of the other, whichever is shut down first', async () => {
  const spans = exporterFor()
  const logs = new PostgresLogRecordExporter(spans)
  await spans.shutdown()
  const record = {
    hrTime: [1_790_000_000, 0] as const,
    hrTimeObserved: [1_790_000_000, 0] as const,
    eventName: 'app.said',
    attributes: { workflow_id: 'by-records' },
    resource: { attributes: {} },
    instrumentationScope: { name: 'app' },
    droppedAttributesCount: 0,
  }
  expect(await exported(logs, [record])).toEqual({ code: 0 })
  await logs.shutdown()
  expect(await count()).toBe(1)
})
