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
 * Takes the oldest jobs that fit into one transaction: at least one, and one of a suspect request alone. Jobs that have
 * waited too long are given back.
 */
function takeBatch<Outcome>(jobs: Job<Outcome>[], options: QueueOptions<Outcome>): Job<Outcome>[] {
  const batch: Job<Outcome>[] = []
  let size = 0
  for (let job = jobs[0]; job !== undefined; job = jobs[0]) {
    if (isLate(job, options)) giveBack(job)
    else if (batch.length > 0 && (size + job.facts.length > options.maxBatchFacts || [batch[0]!, job].some(isSuspect)))
      break
    else {
      size += job.facts.length
      batch.push(job)
    }
    jobs.shift()
  }
  return batch
}
