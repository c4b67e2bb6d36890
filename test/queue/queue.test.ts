import { describe, expect, test } from 'vitest'
import { Misconfigured, Unavailable } from '../../src/errors.ts'
import type { Facts } from '../../src/map/facts/facts.ts'
import type { QueueOptions } from '../../src/queue/options.ts'
import { openQueue } from '../../src/queue/queue.ts'
import { callFacts, chosen } from '../support/facts.ts'

/** What a fake database does with a transaction: nothing else is told of it. */
type Commit = (facts: readonly Facts[]) => Promise<void>

interface Fake {
  /** How many facts each transaction had. */
  readonly sizes: number[]
  readonly committed: Set<string>
}

/** A queue before a database that refuses `bad` facts without naming them, and commits others once. */
function openFake(options: Partial<QueueOptions<string>> = {}, bad: ReadonlySet<string> = new Set(), before?: Commit) {
  const fake: Fake = { sizes: [], committed: new Set() }
  const queue = openQueue<string>({
    lanes: 1,
    maxBatchFacts: 4_096,
    maxWaitingFacts: 100_000,
    beginWithinMs: 60_000,
    retryPauseMs: () => 1,
    commit: async (facts) => {
      fake.sizes.push(facts.length)
      await before?.(facts)
      if (facts.some(({ id }) => bad.has(id))) throw 'refused'
      return facts.map(({ id }) => {
        const outcome = fake.committed.has(id) ? 'duplicate' : 'committed'
        fake.committed.add(id)
        return outcome
      })
    },
    failing: (error) => (error === 'refused' ? 'unknown' : null),
    refused: String,
    ...options,
  })
  return { queue, ...fake }
}

/** Holds the first transaction back until `open` is called, so that later jobs wait together. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, wait: () => opened }
}

const facts = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => callFacts(from + i))
const ids = (numbers: Iterable<number>) => new Set([...numbers].map((number) => callFacts(number).id))

describe('batches', () => {
  test('jobs that wait become one transaction, cut at the largest size', async () => {
    const { open, wait } = gate()
    const { queue, sizes } = openFake({ maxBatchFacts: 10 }, new Set(), wait)
    const jobs = [1, 4, 4, 4, 12].map((size, i) => queue.submit(facts(100 * i, 100 * i + size)))
    open()
    expect((await Promise.all(jobs)).map(({ length }) => length)).toEqual([1, 4, 4, 4, 12])
    expect(sizes).toEqual([1, 8, 4, 10, 2])
  })

  test('each fact has its own outcome, in the order of the request, over several lanes', async () => {
    const { queue } = openFake({ lanes: 3, maxBatchFacts: 7 })
    await queue.submit(facts(0, 20))
    const outcomes = await queue.submit(facts(10, 30))
    expect(outcomes).toEqual([...Array(10).fill('duplicate'), ...Array(10).fill('committed')])
    expect(await queue.submit([])).toEqual([])
  })

  test('a trace always takes the same lane', async () => {
    const running = new Set<string>()
    let overlaps = 0
    const { queue } = openFake({ lanes: 4 }, new Set(), async ([first]) => {
      if (running.has(first!.trace)) overlaps++
      running.add(first!.trace)
      await new Promise((resolve) => setImmediate(resolve))
      running.delete(first!.trace)
    })
    await Promise.all(Array.from({ length: 40 }, (_, i) => queue.submit([callFacts(i % 5)])))
    expect(overlaps).toBe(0)
  })

  test('it is drained when nothing is being written', async () => {
    const { open, wait } = gate()
    const { queue, committed } = openFake({}, new Set(), wait)
    const job = queue.submit(facts(0, 3))
    const drained = queue.drained().then(() => committed.size)
    open()
    expect(await drained).toBe(3)
    await job
  })
})

describe('what cannot be committed in time is given back', () => {
  test('more facts than may wait', async () => {
    const { open, wait } = gate()
    const { queue } = openFake({ maxWaitingFacts: 5 }, new Set(), wait)
    const first = queue.submit(facts(0, 4))
    await expect(queue.submit(facts(4, 6))).rejects.toThrow(Unavailable)
    open()
    expect(await first).toHaveLength(4)
    expect(await queue.submit(facts(4, 6))).toHaveLength(2)
  })

  test('a request that waited too long is not begun', async () => {
    const { open, wait } = gate()
    const { queue, sizes } = openFake({ beginWithinMs: 5 }, new Set(), wait)
    const jobs = [queue.submit(facts(0, 1)), queue.submit(facts(1, 3))]
    const outcomes = Promise.allSettled(jobs)
    await new Promise((resolve) => setTimeout(resolve, 20))
    open()
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(sizes).toEqual([1])
  })

  test('an error that may pass is tried again, and its cause is what the sender reads at last', async () => {
    let failures = 2
    const passing = async () => {
      if (failures-- > 0) throw new Unavailable('the server starts')
    }
    const { queue, sizes } = openFake({}, new Set(), passing)
    expect(await queue.submit(facts(0, 2))).toEqual(['committed', 'committed'])
    expect(sizes).toEqual([2, 2, 2])
    failures = Number.POSITIVE_INFINITY
    const late = openFake({ beginWithinMs: 20 }, new Set(), passing)
    await expect(late.queue.submit(facts(0, 2))).rejects.toThrow('the server starts')
  })

  test('a wrong set-up is not tried again', async () => {
    const { queue, sizes } = openFake({}, new Set(), async () => {
      throw new Misconfigured('no such table')
    })
    await expect(queue.submit(facts(0, 2))).rejects.toThrow('no such table')
    expect(sizes).toEqual([2])
  })
})

describe('law 7: a refused fact harms no other', () => {
  test('of several jobs in one batch, only those that hold refused facts are searched', async () => {
    const { open, wait } = gate()
    const bad = ids([203, 377])
    const { queue, sizes } = openFake({}, bad, wait)
    const jobs = [queue.submit(facts(0, 1))]
    for (let i = 1; i <= 4; i++) jobs.push(queue.submit(facts(100 * i, 100 * i + 100)))
    open()
    const outcomes = await Promise.all(jobs)
    expect(outcomes.map((list) => list.filter((outcome) => outcome === 'committed').length)).toEqual([
      1, 100, 99, 99, 100,
    ])
    expect(outcomes.map((list) => list.indexOf('refused'))).toEqual([-1, -1, 3, 77, -1])
    // the first job, the batch, and each job alone
    expect(sizes.slice(0, 3)).toEqual([1, 400, 100])
    expect(sizes.length).toBeLessThanOrEqual(2 + 4 + 2 * 2 * (Math.log2(128) + 1))
  })

  test('named facts are left out of the batch, up to three; then each job runs alone', async () => {
    const { open, wait } = gate()
    const bad = ids([101, 102, 203, 204])
    const { queue, sizes } = openFake(
      {
        failing: (error, batch) => (error === 'refused' ? batch.find(({ id }) => bad.has(id))! : null),
      },
      bad,
      wait,
    )
    const jobs = [queue.submit(facts(0, 1)), queue.submit(facts(100, 110)), queue.submit(facts(200, 210))]
    open()
    const outcomes = await Promise.all(jobs)
    expect(outcomes.map((list) => list.filter((outcome) => outcome === 'refused').length)).toEqual([0, 2, 2])
    expect(sizes).toEqual([1, 20, 19, 18, 17, 8, 9, 8])
  })

  test.each([
    [5, 1],
    [50, 1],
    [500, 6],
    [4_096, 20],
  ])('%i bad ones among 4,096 are refused, and no other, after at most %i requests', async (count, most) => {
    const all = facts(0, 4_096)
    const bad = ids(chosen(count, 4_096))
    const { queue, sizes, committed } = openFake({}, bad)
    let requests = 0
    let outcomes: string[] = []
    while (outcomes.length === 0) {
      sizes.length = 0
      requests++
      outcomes = await queue.submit(all).catch((error: unknown) => {
        expect(error).toBeInstanceOf(Unavailable)
        expect((error as Error).message).toMatch(/^the database refuses some of these spans; \d+ are still to be tried/)
        return []
      })
      expect(sizes.length).toBeLessThanOrEqual(1_001)
    }
    expect(requests).toBeLessThanOrEqual(most)
    const wrong = all.filter(({ id }, i) => bad.has(id) !== (outcomes[i] === 'refused'))
    expect(wrong).toEqual([])
    expect(committed.size).toBe(4_096 - count)
  })

  test('a request that is late is given back, and each resend finds at least one refused fact more', async () => {
    const all = facts(0, 256)
    const bad = ids(chosen(9, 256))
    const { queue, sizes } = openFake({ beginWithinMs: 3 }, bad, () => new Promise((resolve) => setTimeout(resolve, 5)))
    let begun = 0
    let outcomes: string[] = []
    while (outcomes.length === 0) {
      sizes.length = 0
      outcomes = await queue.submit(all).catch(() => [])
      if (sizes.length > 0) begun++
    }
    expect(begun).toBeLessThanOrEqual(10)
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(9)
  })

  test('a database that goes away during the search is waited for, and what is decided is not tried again', async () => {
    const bad = ids([3, 40])
    let away = 0
    const { queue, sizes } = openFake({}, bad, async () => {
      if (++away === 12) throw new Unavailable('the connection is broken')
    })
    const outcomes = await queue.submit(facts(0, 64))
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(2)
    expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(62)
    expect(sizes.filter((size) => size === 64)).toHaveLength(1)
  })
})
