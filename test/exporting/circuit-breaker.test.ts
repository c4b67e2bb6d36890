import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Unavailable } from '../../src/errors.ts'
import { createCircuitBreaker } from '../../src/exporting/circuit-breaker.ts'
import { exporterFor, freshTables, gated } from './databases.ts'
import { exported, runOf, until } from './fixture.ts'

describe('a circuit breaker', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
  afterEach(() => void vi.useRealTimers())

  test('lets all through until the database has been away for its time', () => {
    const breaker = createCircuitBreaker(500)
    breaker.check()
    breaker.failed('no route')
    vi.advanceTimersByTime(499)
    for (let i = 0; i < 3; i++) expect(() => breaker.check()).not.toThrow()
  })

  test('then lets one through in a second, and the others fail with the last reason', () => {
    const breaker = createCircuitBreaker(500)
    breaker.failed('no route')
    vi.advanceTimersByTime(2_000)
    breaker.failed('refused')
    for (let second = 2; second < 5; second++) {
      expect(() => breaker.check()).not.toThrow()
      expect(() => breaker.check()).toThrow(new Unavailable(`the database has been away for ${second} s: refused`))
      vi.advanceTimersByTime(1_000)
    }
  })

  test('lets all through again once the database has answered', () => {
    const breaker = createCircuitBreaker(500)
    breaker.failed('no route')
    vi.advanceTimersByTime(1_000)
    breaker.check()
    breaker.recovered()
    for (let i = 0; i < 3; i++) expect(() => breaker.check()).not.toThrow()
  })
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapMegabytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed / 1e6
}

test('E8: while the database is away, exports fail at once and fill no memory', async () => {
  const { gate, url, direct } = await gated(await freshTables())
  gate.refuse()
  const exporter = exporterFor(url, { timeoutMillis: 600 })
  await until('it is known to be away', async () =>
    /has been away/.test((await exported(exporter, runOf('x'))).error!.message),
  )
  /** Exports so many times; returns how many exports asked the database instead of failing at once. */
  const fail = async (times: number) => {
    let asked = 0
    for (let i = 0; i < times; i++) {
      const { code, error } = await exported(exporter, runOf(`away-${i}`))
      expect(code).toBe(1)
      if (!/has been away/.test(error!.message)) asked++
    }
    return asked
  }
  await fail(500)
  const before = heapMegabytes()
  const started = performance.now()
  const asked = await fail(2_000)
  expect(asked, 'one a second, at most').toBeLessThanOrEqual(1 + (performance.now() - started) / 1_000)
  // The spans of those exports take a multiple of this.
  expect(heapMegabytes() - before).toBeLessThan(2)
  gate.leadTo(Number(new URL(direct).port))
  await until('it goes on', async () => (await exported(exporter, runOf('back'))).code === 0)
})
