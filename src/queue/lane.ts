import type { Facts } from '../map/facts/facts.ts'
import { giveBack, isLate, isSuspect, type Job, type QueuedRequest } from './job.ts'
import type { QueueOptions } from './options.ts'
import { writeBatch } from './write-batch.ts'

/** Writes its jobs in batches, one after the other. */
export interface Lane<Outcome> {
  /** Resolves when each of these facts is committed or refused. */
  add(facts: readonly Facts[], request: QueuedRequest<Outcome>): Promise<void>
  /** Resolves when nothing is waiting or being written. */
  idle(): Promise<void>
}

/** Most senders that send again at once do it within this time after an answer. */
const usualSendAgainMs = 2
/** Senders are waited for at most so many times as long, all together. */
const mostWaits = 6
/** A transaction of so many facts costs little more for each of them than a larger one. */
const manyFacts = 128

/** Opens a lane, which runs only while it has jobs. */
export function openLane<Outcome>(
  options: QueueOptions<Outcome>,
  sendAgainMs: number = usualSendAgainMs,
): Lane<Outcome> {
  const jobs: Job<Outcome>[] = []
  let running: Promise<void> = Promise.resolve()
  let isRunning = false
  let pending = 0
  let mostPending = 0
  /** Who had jobs here while the last batch was written; 0: it was no small one. */
  let senders = 0
  let allSent = () => {}
  /**
   * Waits for the senders of a small batch to send again, as long as they do. A transaction costs about as much as 25 of its
   * facts, and else these senders would fill two of them in turn.
   */
  const gather = async () => {
    let seen = 0
    for (let waits = 0; waits < mostWaits && seen < jobs.length && jobs.length < senders; waits++) {
      seen = jobs.length
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, sendAgainMs)
        allSent = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
  const run = async () => {
    while (jobs.length > 0) {
      await gather()
      const batch = takeBatch(jobs, options)
      await writeBatch(options, batch)
      const facts = batch.reduce((sum, job) => sum + job.facts.length, 0)
      senders = facts < manyFacts ? mostPending : 0
      mostPending = pending
    }
    isRunning = false
  }
  return {
    add(facts, request) {
      mostPending = Math.max(mostPending, ++pending)
      const written = new Promise<void>((resolve, reject) => {
        jobs.push({ facts, request, resolve, reject })
      })
      if (jobs.length >= senders) allSent()
      if (!isRunning) {
        isRunning = true
        running = run()
      }
      return written.finally(() => {
        pending--
      })
    },
    idle: () => running,
  }
}

/**
 * Takes the oldest job, and the oldest others of its tenant that fit into the same transaction; one of a suspect request
 * alone. Jobs that have waited too long are given back. Those of other tenants stay, in their order.
 */
function takeBatch<Outcome>(jobs: Job<Outcome>[], options: QueueOptions<Outcome>): Job<Outcome>[] {
  const batch: Job<Outcome>[] = []
  const ofOthers: Job<Outcome>[] = []
  let size = 0
  let seen = 0
  for (const job of jobs) {
    const [first = job] = batch
    if (isLate(job, options)) giveBack(job)
    else if (job.request.tenant !== first.request.tenant) ofOthers.push(job)
    else if (batch.length > 0 && (size + job.facts.length > options.maxBatchFacts || [first, job].some(isSuspect)))
      break
    else {
      size += job.facts.length
      batch.push(job)
    }
    seen++
  }
  jobs.splice(0, seen, ...ofOthers)
  return batch
}
