import { setTimeout as sleep } from 'node:timers/promises'
import { Misconfigured } from '../errors.ts'
import type { Facts } from '../map/facts/facts.ts'
import { giveBack, isLate, isSuspect, type Job, resolveJob, undecided } from './job.ts'
import type { QueueOptions } from './options.ts'
import { searchRefused } from './refusal-search.ts'

/** After so many refused facts a batch is given up: each of its jobs is committed alone, and harms no other sender. */
const mostRefusedInBatch = 3

/** Why a transaction failed as a whole; `attempt` counts such failures from 1. */
interface FailedAttempt {
  readonly error: unknown
  readonly attempt: number
}

/**
 * Commits a batch, whose jobs are of one tenant, in one transaction, or in several where the database refuses facts of it. Ends each of its jobs, and
 * never throws: an error that may pass is tried again as long as the jobs have time.
 */
export async function writeBatch<Outcome>(
  options: QueueOptions<Outcome>,
  batch: readonly Job<Outcome>[],
  attempt = 1,
): Promise<void> {
  if (batch.some(isSuspect)) return writeAlone(options, batch, { error: undefined, attempt })
  for (let refused = 0; batch.length > 0; refused++) {
    const parts = batch.map(({ facts, request }) => ({ facts: undecided(facts, request), request }))
    const facts = parts.flatMap((part) => part.facts)
    try {
      if (facts.length > 0) record(parts, await options.commit(facts, batch[0]!.request.tenant))
      return batch.forEach(resolveJob)
    } catch (error) {
      const failing = options.failing(error, facts)
      if (failing === null) return tryAgain(options, batch, { error, attempt })
      if (failing === 'unknown' || refused === mostRefusedInBatch) return writeAlone(options, batch, { error, attempt })
      const { request } = parts.find((part) => part.facts.includes(failing))!
      request.refused.set(failing, options.refused(error))
    }
  }
}

function record<Outcome>(
  parts: readonly Pick<Job<Outcome>, 'facts' | 'request'>[],
  outcomes: readonly Outcome[],
): void {
  const next = outcomes.values()
  for (const { facts, request } of parts) {
    for (const fact of facts) request.committed.set(fact, next.next().value!)
  }
}

/** Tries a batch again after a pause. A wrong set-up will not be corrected in the time that an answer has. */
async function tryAgain<Outcome>(
  options: QueueOptions<Outcome>,
  batch: readonly Job<Outcome>[],
  { error, attempt }: FailedAttempt,
): Promise<void> {
  if (error instanceof Misconfigured) {
    for (const job of batch) job.reject(error)
    return
  }
  await sleep(options.retryPauseMs(attempt))
  const inTime: Job<Outcome>[] = []
  for (const job of batch) {
    if (isLate(job, options)) giveBack(job, error)
    else inTime.push(job)
  }
  await writeBatch(options, inTime, attempt + 1)
}

/** Commits each job of a batch alone. Of a job that was alone already, the refused facts are searched. */
async function writeAlone<Outcome>(
  options: QueueOptions<Outcome>,
  batch: readonly Job<Outcome>[],
  failed: FailedAttempt,
): Promise<void> {
  if (batch.length === 1) return search(options, batch[0]!, failed)
  for (const job of batch) await writeBatch(options, [job])
}

async function search<Outcome>(
  options: QueueOptions<Outcome>,
  job: Job<Outcome>,
  { error, attempt }: FailedAttempt,
): Promise<void> {
  const facts = undecided(job.facts, job.request)
  try {
    const commit = (part: readonly Facts[]) => options.commit(part, job.request.tenant)
    await searchRefused({ ...options, commit }, { facts, error }, job.request, () => isLate(job, options))
    resolveJob(job)
  } catch (passing) {
    await tryAgain(options, [job], { error: passing, attempt })
  }
}
