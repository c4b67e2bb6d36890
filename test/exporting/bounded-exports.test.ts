import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SdkSpan } from '../../src/decode/sdk/sdk-types.ts'
import { PostgresSpanExporter } from '../../src/exporter.ts'
import { ask, countTasks, exporterFor, freshTables, gated, unreachable } from './databases.ts'
import { beforeTimer, exported, listenToDiag, patient, runOf, until } from './fixture.ts'

/** Rejections that no code has handled: a process would end at the first one. */
let rejections: unknown[]
const note = (reason: unknown) => void rejections.push(reason)

beforeEach(() => {
  rejections = []
  process.on('unhandledRejection', note)
})

afterEach(() => {
  process.off('unhandledRejection', note)
  expect(rejections).toEqual([])
})

describe('E2: export neither throws nor rejects', () => {
  const strange: readonly [string, unknown][] = [
    ['null', null],
    ['undefined', undefined],
    ['text', 'spans'],
    ['an array of other values', [null, 1, {}]],
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
    const exporter = exporterFor(await freshTables())
    const result = await new Promise((resolve) => exporter.export(given as SdkSpan[], resolve))
    expect(result).toHaveProperty('code')
    expect(await exported(exporter, runOf('after-it'))).toEqual({ code: 0 })
  })

  test('when the callback throws', async () => {
    using diag = listenToDiag()
    const exporter = exporterFor(await freshTables())
    exporter.export(runOf('thrown'), () => {
      throw new Error('the callback does not like it')
    })
    await exporter.forceFlush()
    await until('it is logged', () => diag.lines.some((line) => line.includes('the callback does not like it')))
  })
})

describe('E3: the callback is called once', () => {
  test('after a success, a failure and a shutdown', async () => {
    const exporter = exporterFor(await freshTables())
    const away = new PostgresSpanExporter({ connectionString: await unreachable(), timeoutMillis: 300 })
    expect((await exported(exporter, runOf('a'))).code).toBe(0)
    expect((await exported(away, runOf('b'))).code).toBe(1)
    await Promise.all([exporter.shutdown(), away.shutdown()])
    expect((await exported(exporter, runOf('c'))).code).toBe(1)
  })
})

describe('E4: an export ends within its time', () => {
  test('when the server is silent', async () => {
    const { gate, url } = await gated(await freshTables())
    gate.letWait()
    const result = exported(exporterFor(url, { timeoutMillis: 1_500 }), runOf('unheard'))
    const { code, error } = await beforeTimer(1_500, result)
    expect([code, error?.message]).toEqual([1, expect.stringContaining('the database')])
  })

  test('when the server falls silent in the middle', async () => {
    const { gate, url } = await gated(await freshTables())
    const exporter = exporterFor(url, { timeoutMillis: 2_000 })
    await until('it is connected', async () => (await exported(exporter, runOf('heard'))).code === 0)
    gate.holdAnswers()
    const result = exported(exporter, runOf('unheard'))
    expect((await beforeTimer(2_000, result)).code).toBe(1)
    gate.cut()
    await until('it goes on with new connections', async () => (await exported(exporter, runOf('again'))).code === 0)
  })
})

test('E7 E44: the items that wait are bounded, and many small exports become few transactions', async () => {
  const url = await freshTables()
  const exporter = exporterFor(url, { maxPendingItems: 100 })
  const results = await Promise.all(Array.from({ length: 80 }, (_, i) => exported(exporter, runOf(`many-${i}`))))
  const done = results.filter(({ code }) => code === 0).length
  expect(done).toBeGreaterThanOrEqual(50)
  expect(results.filter(({ code }) => code === 1).every(({ error }) => /limit reached/.test(error!.message))).toBe(true)
  expect(done).toBeLessThan(80)
  expect(await ask(url, countTasks)).toBe(done)
})

test('E44: a burst of 5,000 exports of one span is committed', async () => {
  const url = await freshTables()
  const exporter = exporterFor(url)
  const processor = new SimpleSpanProcessor(exporter)
  const spans = Array.from({ length: 2_500 }, (_, i) => runOf(`burst-${i}`)).flat()
  for (const span of spans) processor.onEnd(span as never)
  await processor.forceFlush()
  await exporter.forceFlush()
  expect(await ask(url, countTasks)).toBe(2_500)
  expect(await ask<number>(url, 'select count(distinct xmin::text)::int as value from task_executions')).toBeLessThan(
    100,
  )
})

test('E10: an empty export succeeds without a connection', async () => {
  const exporter = new PostgresSpanExporter({ connectionString: await unreachable() })
  expect(await exported(exporter, [])).toEqual({ code: 0 })
  await exporter.shutdown()
})

describe('E11: after shutdown', () => {
  test('an export fails at once', async () => {
    const url = await freshTables()
    const exporter = exporterFor(url)
    await exporter.shutdown()
    const { code, error } = await exported(exporter, runOf('late'))
    expect([code, error?.message]).toEqual([1, expect.stringContaining('shut down')])
    expect(await ask(url, countTasks)).toBe(0)
  })

  test('a second shutdown and a flush resolve', async () => {
    const exporter = exporterFor(await freshTables())
    await exported(exporter, runOf('once'))
    await Promise.all([exporter.shutdown(), exporter.shutdown()])
    await exporter.shutdown()
    await exporter.forceFlush()
  })
})

test('E12: shutdown ends within its time-out, whatever the database does', async () => {
  const { gate, url } = await gated(await freshTables())
  const exporter = new PostgresSpanExporter({ connectionString: url, timeoutMillis: 2_000, shutdownTimeoutMillis: 500 })
  await until('it is connected', async () => (await exported(exporter, runOf('heard'))).code === 0)
  gate.holdAnswers()
  const result = exported(exporter, runOf('in-flight'))
  await beforeTimer(500, exporter.shutdown())
  gate.refuse()
  expect((await result).code).toBe(1)
})

test('E12: shutdown waits for exports in flight', async () => {
  const url = await freshTables()
  const exporter = new PostgresSpanExporter({ connectionString: url, ...patient })
  const results = Array.from({ length: 5 }, (_, i) => exported(exporter, runOf(`in-flight-${i}`)))
  await exporter.shutdown()
  expect((await Promise.all(results)).map(({ code }) => code)).toEqual([0, 0, 0, 0, 0])
  expect(await ask(url, countTasks)).toBe(5)
})

test('E14: a flush resolves when the rows are there', async () => {
  const url = await freshTables()
  const exporter = exporterFor(url)
  for (let i = 0; i < 5; i++) exporter.export(runOf(`flushed-${i}`), () => {})
  await exporter.forceFlush()
  expect(await ask(url, countTasks)).toBe(5)
})

test('E14: a flush rejects when an export in flight fails', async () => {
  const exporter = new PostgresSpanExporter({ connectionString: await unreachable(), timeoutMillis: 300 })
  exporter.export(runOf('lost'), () => {})
  await expect(exporter.forceFlush()).rejects.toThrow(/the database/)
  await exporter.shutdown()
})
