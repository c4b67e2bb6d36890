import { expect, test, vi } from 'vitest'
import { Unavailable } from '../../src/errors.ts'
import { giveBack, isLate, isSuspect, type Job, resolveJob, undecided } from '../../src/queue/job.ts'
import { facts } from './fake-commit.ts'

function jobOf(from: number, to: number, { sinceMs = performance.now(), isSuspect = false } = {}) {
  const request = { tenant: '', sinceMs, isSuspect, committed: new Map(), refused: new Map() }
  return { facts: facts(from, to), request, resolve: vi.fn(), reject: vi.fn() } satisfies Job<string>
}

test('facts are undecided until they are committed or refused', () => {
  const { facts, request } = jobOf(0, 3)
  expect(undecided(facts, request)).toBe(facts)
  request.committed.set(facts[0]!, 'committed')
  request.refused.set(facts[2]!, 'refused')
  expect(undecided(facts, request)).toEqual([facts[1]])
})

test('a job is late when its request has waited longer than it may', () => {
  const job = jobOf(0, 1, { sinceMs: performance.now() - 1_000 })
  expect(isLate(job, { beginWithinMs: 900 })).toBe(true)
  expect(isLate(job, { beginWithinMs: 60_000 })).toBe(false)
})

test('a job is suspect with its request', () => {
  expect(isSuspect(jobOf(0, 1, { isSuspect: true }))).toBe(true)
  expect(isSuspect(jobOf(0, 1))).toBe(false)
})

test('a job that is given back rejects with its cause if that may pass, else with one that may', () => {
  const [first, second] = [jobOf(0, 1), jobOf(0, 1)]
  const cause = new Unavailable('the server starts')
  giveBack(first, cause)
  expect(first.reject).toHaveBeenCalledWith(cause)
  giveBack(second, new Error('other'))
  expect(second.reject.mock.calls[0]![0]).toBeInstanceOf(Unavailable)
})

test('a job resolves when all its facts are decided, and rejects while some are left', () => {
  const job = jobOf(0, 2)
  job.request.committed.set(job.facts[0]!, 'committed')
  resolveJob(job)
  expect(job.resolve).not.toHaveBeenCalled()
  expect(job.reject.mock.calls[0]![0]).toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/; 1 are/) })
  job.request.refused.set(job.facts[1]!, 'refused')
  resolveJob(job)
  expect(job.resolve).toHaveBeenCalledOnce()
})
