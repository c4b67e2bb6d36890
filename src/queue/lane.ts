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

/** Opens a lane, which runs only while it has jobs. */
export function openLane<Outcome>(options: QueueOptions<Outcome>): Lane<Outcome> {
  const jobs: Job<Outcome>[] = []
  let running: Promise<void> = Promise.resolve()
  let isRunning = false
  const run = async () => {
    while (jobs.length > 0) await writeBatch(options, takeBatch(jobs, options))
    isRunning = false
  }
  return {
    add: (facts, request) =>
      new Promise<void>((resolve, reject) => {
        jobs.push({ facts, request, resolve, reject })
        if (isRunning) return
        isRunning = true
        running = run()
      }),
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
