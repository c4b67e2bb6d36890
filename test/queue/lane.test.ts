import { expect, test } from 'vitest'
import { Unavailable } from '../../src/errors.ts'
import type { QueuedRequest } from '../../src/queue/job.ts'
import { openLane } from '../../src/queue/lane.ts'
import { facts, fakeDatabase, gate } from './fake-commit.ts'

function request(isSuspect = false): QueuedRequest<string> {
  return { tenant: '', sinceMs: performance.now(), isSuspect, committed: new Map(), refused: new Map() }
}

const pause = () => new Promise((resolve) => setImmediate(resolve))

test('jobs that come together become one batch, as long as they fit', async () => {
  const { options, sizes } = fakeDatabase({ maxBatchFacts: 10 })
  const lane = openLane(options)
  const jobs = [1, 4, 4, 4, 12, 1].map((size, i) => lane.add(facts(100 * i, 100 * i + size), request()))
  await Promise.all(jobs)
  expect(sizes).toEqual([9, 4, 12, 1])
})

test('jobs that wait for a batch become the next one', async () => {
  const { open, wait } = gate()
  const { options, sizes } = fakeDatabase({ begin: wait })
  const lane = openLane(options)
  const first = lane.add(facts(0, 1), request())
  await pause()
  const others = [1, 2, 3].map((i) => lane.add(facts(i, i + 1), request()))
  open()
  await Promise.all([first, ...others])
  expect(sizes).toEqual([1, 3])
})

/** Two senders that send again and again, the second after a pause; returns the number of facts of each transaction. */
async function sizesOf(factsEach: number, rounds: number): Promise<readonly number[]> {
  const { options, sizes } = fakeDatabase()
  const lane = openLane(options, 60_000)
  const send = async (sender: number) => {
    for (let round = 0; round < rounds; round++) {
      const from = (round * 2 + sender) * factsEach
      await lane.add(facts(from, from + factsEach), request())
      if (sender > 0) await pause()
    }
  }
  await Promise.all([send(0), send(1)])
  return sizes
}

test('after a batch of few facts its senders are given the time to send again', async () => {
  expect(await sizesOf(2, 4)).toEqual([4, 4, 4, 4])
})

test('a batch of many facts is written at once', async () => {
  expect((await sizesOf(100, 3)).slice(0, 2)).toEqual([200, 100])
})

test('senders that do not send again are not waited for', async () => {
  const { options, sizes } = fakeDatabase()
  const lane = openLane(options)
  await Promise.all([1, 2, 3].map((i) => lane.add(facts(i, i + 1), request())))
  await lane.add(facts(4, 5), request())
  await lane.add(facts(5, 6), request())
  expect(sizes).toEqual([3, 1, 1])
})

test('a job of a suspect request is written alone', async () => {
  const { options, sizes } = fakeDatabase()
  const lane = openLane(options)
  const jobs = [false, false, true, false, false].map((isSuspect, i) =>
    lane.add(facts(10 * i, 10 * i + 2), request(isSuspect)),
  )
  await Promise.all(jobs)
  expect(sizes).toEqual([4, 2, 4])
})

test('a job that waited too long is given back, and the next one is written', async () => {
  const { options, sizes } = fakeDatabase()
  const lane = openLane(options)
  const old = { ...request(), sinceMs: performance.now() - 120_000 }
  const jobs = [lane.add(facts(0, 1), request()), lane.add(facts(1, 3), old), lane.add(facts(3, 6), request())]
  const [first, second, third] = await Promise.allSettled(jobs)
  expect([first!.status, third!.status]).toEqual(['fulfilled', 'fulfilled'])
  expect(second).toMatchObject({ status: 'rejected', reason: expect.any(Unavailable) })
  expect(sizes).toEqual([4])
})

test('a lane is idle when its last job is written, and runs again for the next', async () => {
  const { options, committed } = fakeDatabase()
  const lane = openLane(options)
  lane.add(facts(0, 2), request())
  await lane.idle()
  expect(committed.size).toBe(2)
  lane.add(facts(2, 3), request())
  await lane.idle()
  expect(committed.size).toBe(3)
})
