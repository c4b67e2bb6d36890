import { expect, test } from 'vitest'
import { Misconfigured, Unavailable } from '../../src/errors.ts'
import type { Job, QueuedRequest } from '../../src/queue/job.ts'
import { writeBatch } from '../../src/queue/write-batch.ts'
import { facts, fakeDatabase, ids } from './fake-commit.ts'

/** A job of a request of its own, and what becomes of it. */
function jobOf(from: number, to: number, other: Partial<QueuedRequest<string>> = {}) {
  const request = {
    tenant: '',
    sinceMs: performance.now(),
    isSuspect: false,
    committed: new Map(),
    refused: new Map(),
    ...other,
  }
  const own = facts(from, to)
  let job: Job<string> | undefined
  const done = new Promise<void>((resolve, reject) => {
    job = { facts: own, request, resolve, reject }
  })
  const outcomes = done.then(() => own.map((fact) => request.refused.get(fact) ?? request.committed.get(fact)))
  outcomes.catch(() => {})
  return { job: job!, outcomes }
}

const refusedAt = (outcomes: readonly (string | undefined)[]) =>
  outcomes.flatMap((outcome, i) => (outcome === 'refused' ? [i] : []))

test('each job has the outcomes of its own facts', async () => {
  const { options, sizes } = fakeDatabase()
  await options.commit(facts(5, 6), '')
  const [first, second] = [jobOf(0, 2), jobOf(4, 7)]
  await writeBatch(options, [first.job, second.job])
  expect(await first.outcomes).toEqual(['committed', 'committed'])
  expect(await second.outcomes).toEqual(['committed', 'duplicate', 'committed'])
  expect(sizes).toEqual([1, 5])
})

test('law 7: of several jobs, only those with refused facts are searched', async () => {
  const { options, sizes } = fakeDatabase({ bad: ids([203, 377]) })
  const jobs = [1, 2, 3, 4].map((n) => jobOf(100 * n, 100 * n + 100))
  await writeBatch(
    options,
    jobs.map(({ job }) => job),
  )
  const outcomes = await Promise.all(jobs.map((one) => one.outcomes))
  expect(outcomes.map(refusedAt)).toEqual([[], [3], [77], []])
  // the batch, the first job, and the second one alone, which is searched
  expect(sizes.slice(0, 4)).toEqual([400, 100, 100, 64])
  expect(sizes.length).toBeLessThanOrEqual(1 + 4 + 2 * (2 + 14))
})

test('law 7: named facts are left out of the batch, up to three; then each job is written alone', async () => {
  const bad = ids([1, 2, 103, 104])
  const { options, sizes } = fakeDatabase({ bad, failing: (_, batch) => batch.find(({ id }) => bad.has(id))! })
  const [first, second] = [jobOf(0, 10), jobOf(100, 110)]
  await writeBatch(options, [first.job, second.job])
  expect(refusedAt(await first.outcomes)).toEqual([1, 2])
  expect(refusedAt(await second.outcomes)).toEqual([3, 4])
  expect(sizes).toEqual([20, 19, 18, 17, 8, 9, 8])
})

test('the facts of a suspect request are not tried together', async () => {
  const { options, sizes } = fakeDatabase({ bad: ids([70]) })
  const { job, outcomes } = jobOf(0, 128, { isSuspect: true })
  await writeBatch(options, [job])
  expect(refusedAt(await outcomes)).toEqual([70])
  expect(sizes.slice(0, 2)).toEqual([64, 64])
})

test('an error that may pass is tried again while the jobs have time; the sender reads its cause at last', async () => {
  let failures = 2
  const begin = async () => {
    if (failures-- > 0) throw new Unavailable('the server starts')
  }
  const { options, sizes } = fakeDatabase({ begin })
  const inTime = jobOf(0, 2)
  await writeBatch(options, [inTime.job])
  expect(await inTime.outcomes).toEqual(['committed', 'committed'])
  expect(sizes).toEqual([2, 2, 2])
  failures = Number.POSITIVE_INFINITY
  const late = jobOf(2, 3, { sinceMs: performance.now() - 120_000 })
  await writeBatch(options, [late.job])
  await expect(late.outcomes).rejects.toThrow('the server starts')
})

test('a wrong set-up is not tried again', async () => {
  const { options, sizes } = fakeDatabase({
    begin: async () => {
      throw new Misconfigured('no such table')
    },
  })
  const { job, outcomes } = jobOf(0, 2)
  await writeBatch(options, [job])
  await expect(outcomes).rejects.toThrow('no such table')
  expect(sizes).toEqual([2])
})

test('a database that goes away during a search is waited for, and decided facts are not tried again', async () => {
  let transactions = 0
  const { options, sizes } = fakeDatabase({
    bad: ids([3, 40]),
    begin: async () => {
      if (++transactions === 12) throw new Unavailable('the connection is broken')
    },
  })
  const { job, outcomes } = jobOf(0, 64)
  await writeBatch(options, [job])
  expect(refusedAt(await outcomes)).toEqual([3, 40])
  expect(sizes.filter((size) => size === 64)).toHaveLength(1)
})
