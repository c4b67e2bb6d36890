import { expect, test } from 'vitest'
import { Unavailable } from '../../src/errors.ts'
import type { QueuedRequest } from '../../src/queue/job.ts'
import { openLane } from '../../src/queue/lane.ts'
import { facts, fakeDatabase, gate } from './fake-commit.ts'

function request(isSuspect = false): QueuedRequest<string> {
  return { tenant: '', sinceMs: performance.now(), isSuspect, committed: new Map(), refused: new Map() }
}

test('jobs that wait become one batch, as long as they fit', async () => {
  const { open, wait } = gate()
  const { options, sizes } = fakeDatabase({ maxBatchFacts: 10, begin: wait })
  const lane = openLane(options)
  const jobs = [1, 4, 4, 4, 12, 1].map((size, i) => lane.add(facts(100 * i, 100 * i + size), request()))
  open()
  await Promise.all(jobs)
  expect(sizes).toEqual([1, 8, 4, 12, 1])
})

test('a job of a suspect request is written alone', async () => {
  const { open, wait } = gate()
  const { options, sizes } = fakeDatabase({ begin: wait })
  const lane = openLane(options)
  const jobs = [false, false, true, false, false].map((isSuspect, i) =>
    lane.add(facts(10 * i, 10 * i + 2), request(isSuspect)),
  )
  open()
  await Promise.all(jobs)
  expect(sizes).toEqual([2, 2, 2, 4])
})

test('a job that waited too long is given back, and the next one is written', async () => {
  const { open, wait } = gate()
  const { options, sizes } = fakeDatabase({ begin: wait })
  const lane = openLane(options)
  const old = { ...request(), sinceMs: performance.now() - 120_000 }
  const jobs = [lane.add(facts(0, 1), request()), lane.add(facts(1, 3), old), lane.add(facts(3, 6), request())]
  open()
  const [first, second, third] = await Promise.allSettled(jobs)
  expect([first!.status, third!.status]).toEqual(['fulfilled', 'fulfilled'])
  expect(second).toMatchObject({ status: 'rejected', reason: expect.any(Unavailable) })
  expect(sizes).toEqual([1, 3])
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
