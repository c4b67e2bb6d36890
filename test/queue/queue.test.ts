import { describe, expect, test } from 'vitest'
import { Unavailable } from '../../src/errors.ts'
import type { Facts } from '../../src/map/facts/facts.ts'
import { openQueue } from '../../src/queue/queue.ts'
import { callFacts, chosen } from '../support/facts.ts'
import { facts, fakeDatabase, gate, ids } from './fake-commit.ts'

test('each fact has its own outcome, in the order of the request, over several lanes and batches', async () => {
  const { options } = fakeDatabase({ lanes: 3, maxBatchFacts: 7 })
  const queue = openQueue(options)
  await queue.submit(facts(0, 20), '')
  const outcomes = await queue.submit(facts(10, 30), '')
  expect(outcomes).toEqual([...Array(10).fill('duplicate'), ...Array(10).fill('committed')])
  expect(await queue.submit([], '')).toEqual([])
})

test('a request that is larger than a batch takes several', async () => {
  const { options, sizes } = fakeDatabase({ maxBatchFacts: 10 })
  await openQueue(options).submit(facts(0, 25), '')
  expect(sizes).toEqual([10, 10, 5])
})

test('few facts share one transaction after the other, whatever traces they are of', async () => {
  const { open, wait } = gate()
  const { options, sizes } = fakeDatabase({ lanes: 4, begin: wait })
  const queue = openQueue(options)
  const first = queue.submit([callFacts(0)], '')
  await new Promise((resolve) => setImmediate(resolve))
  const others = Array.from({ length: 63 }, (_, i) => queue.submit([callFacts(i + 1)], ''))
  open()
  await Promise.all([first, ...others])
  expect(sizes).toEqual([1, 63])
})

test('one more lane is used for each so many facts that wait', async () => {
  const { options, sizes } = fakeDatabase({ lanes: 2, factsPerLane: 10 })
  const queue = openQueue(options)
  await queue.submit(facts(0, 10), '')
  await queue.submit(facts(10, 21), '')
  expect(sizes).toEqual([10, 5, 6])
})

test('a tenant with few facts does not wait for those of another', async () => {
  const { open, wait } = gate()
  const { options } = fakeDatabase({ lanes: 2 })
  const commit = options.commit
  const queue = openQueue({
    ...options,
    commit: async (facts, tenant) => {
      if (tenant === 'a') await wait()
      return commit(facts, tenant)
    },
  })
  const slow = queue.submit(facts(0, 3), 'a')
  expect(await queue.submit(facts(3, 6), 'b')).toHaveLength(3)
  open()
  expect(await slow).toHaveLength(3)
})

test('a trace always takes the same lane while as many facts wait', async () => {
  const running = new Set<string>()
  let overlaps = 0
  let most = 0
  const { options } = fakeDatabase({
    lanes: 4,
    begin: async ([first]) => {
      if (running.has(first!.trace)) overlaps++
      running.add(first!.trace)
      most = Math.max(most, running.size)
      await new Promise((resolve) => setImmediate(resolve))
      running.delete(first!.trace)
    },
  })
  const queue = openQueue(options)
  // so many that every lane is used
  const many = Array.from({ length: 200 }, () => callFacts(0))
  const submitted = Array.from({ length: 4 }, (_, i) => queue.submit([...many, callFacts(i + 5)], ''))
  await Promise.all([...submitted, ...Array.from({ length: 40 }, (_, i) => queue.submit([callFacts(i % 5)], ''))])
  expect(overlaps).toBe(0)
  expect(most).toBe(4)
})

test('a request of which every fact is known to be refused waits for no lane', async () => {
  const [refused, undecided, other] = facts(0, 3)
  const { open, wait } = gate()
  const begin = async ([first]: readonly Facts[]) => {
    if (first === undecided) throw new Error('the database is away')
    if (first === other) await wait()
  }
  const { options } = fakeDatabase({ bad: new Set([refused!.id]), begin, beginWithinMs: 20 })
  const queue = openQueue(options)
  await expect(queue.submit([refused!, undecided!], '')).rejects.toThrow(Unavailable)
  const slow = queue.submit([other!], '')
  expect(await queue.submit([refused!], '')).toEqual(['refused'])
  open()
  expect(await slow).toEqual(['committed'])
})

test('a queue is drained when nothing is being written', async () => {
  const { open, wait } = gate()
  const { options, committed } = fakeDatabase({ begin: wait })
  const queue = openQueue(options)
  const job = queue.submit(facts(0, 3), '')
  const drained = queue.drained().then(() => committed.size)
  open()
  expect(await drained).toBe(3)
  await job
})

test('law 9: facts that may not wait as well are given back', async () => {
  const { open, wait } = gate()
  const { options } = fakeDatabase({ maxWaitingFacts: 5, begin: wait })
  const queue = openQueue(options)
  const first = queue.submit(facts(0, 4), '')
  await expect(queue.submit(facts(4, 6), '')).rejects.toThrow(Unavailable)
  open()
  expect(await first).toHaveLength(4)
  expect(await queue.submit(facts(4, 6), '')).toHaveLength(2)
})

describe('law 7: a refused fact harms no other', () => {
  test.each([
    [5, 1],
    [50, 1],
    [500, 6],
    [4_096, 20],
  ])('%i bad ones among 4,096 are refused, and no other, after at most %i requests', async (count, most) => {
    const all = facts(0, 4_096)
    const bad = ids(chosen(count, 4_096))
    const { options, sizes, committed } = fakeDatabase({ bad })
    const queue = openQueue(options)
    let requests = 0
    let outcomes: string[] = []
    while (outcomes.length === 0) {
      sizes.length = 0
      requests++
      outcomes = await queue.submit(all, '').catch((error: unknown) => {
        expect(error).toBeInstanceOf(Unavailable)
        return []
      })
      expect(sizes.length).toBeLessThanOrEqual(1_001)
    }
    expect(requests).toBeLessThanOrEqual(most)
    expect(all.filter(({ id }, i) => bad.has(id) !== (outcomes[i] === 'refused'))).toEqual([])
    expect(committed.size).toBe(4_096 - count)
  })

  test('each resend of a late request finds at least one refused fact more', async () => {
    const all = facts(0, 256)
    const bad = ids(chosen(9, 256))
    const begin = () => new Promise<void>((resolve) => setTimeout(resolve, 5))
    const { options, sizes } = fakeDatabase({ beginWithinMs: 3, bad, begin })
    const queue = openQueue(options)
    let begun = 0
    let outcomes: string[] = []
    while (outcomes.length === 0) {
      sizes.length = 0
      outcomes = await queue.submit(all, '').catch(() => [])
      if (sizes.length > 0) begun++
    }
    expect(begun).toBeLessThanOrEqual(10)
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(9)
  })
})
