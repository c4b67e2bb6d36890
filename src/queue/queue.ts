import { setTimeout as sleep } from 'node:timers/promises'
import { Misconfigured, Unavailable } from '../errors.ts'
import type { Facts } from '../map/facts/facts.ts'
import { openRefusalCache } from './refusal-cache.ts'
import { type CommitOptions, type Decided, searchRefused } from './refusal-search.ts'

export interface QueueOptions<Outcome> extends CommitOptions<Outcome> {
  /** Transactions at the same time; a trace always takes the same lane. */
  readonly lanes: number
  /** Facts in a transaction, at most. */
  readonly maxBatchFacts: number
  /** Facts that wait, at most; more are given back. */
  readonly maxWaitingFacts: number
  /** A request that has waited longer isn't begun any more: its sender will have given up. */
  readonly beginWithinMs: number
  /** How long to wait before a failed transaction is tried again, for the attempt that failed (from 1). */
  readonly retryPauseMs: (attempt: number) => number
}

/** Many small requests become few large transactions. */
export interface Queue<Outcome> {
  /**
   * Resolves when each of these facts is committed or refused. Rejects with `Unavailable` if that isn't possible in
   * time: the same facts may be submitted again, and those that are committed already are duplicates then.
   */
  submit(facts: readonly Facts[]): Promise<Outcome[]>
  /** Resolves when nothing is waiting or being written. */
  drained(): Promise<void>
}

/** What was submitted together, with what is decided of it so far. */
interface Request<Outcome> extends Decided<Outcome> {
  readonly sinceMs: number
  /** The database has refused facts of this request before, and there may be more: it is searched at once. */
  readonly isSuspect: boolean
}

/** Facts of a request that take the same transaction. */
interface Job<Outcome> {
  readonly facts: readonly Facts[]
  readonly request: Request<Outcome>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** So many refused facts are remembered between a request and its resend: a few megabytes. */
const mostRefusals = 20_000

export function openQueue<Outcome>(options: QueueOptions<Outcome>): Queue<Outcome> {
  const lanes = Array.from({ length: options.lanes }, () => openLane(options))
  const refusalCache = openRefusalCache<Outcome>(mostRefusals)
  let waiting = 0
  return {
    submit: async (facts) => {
      if (facts.length === 0) return []
      if (waiting > 0 && waiting + facts.length > options.maxWaitingFacts) {
        throw new Unavailable(`${waiting} spans are waiting to be written already; send again`)
      }
      waiting += facts.length
      const request = requestOf(refusalCache.take(facts))
      try {
        await spread(lanes, undecided(facts, request), request, options.maxBatchFacts)
        return facts.map((fact) => request.committed.get(fact) ?? request.refused.get(fact)!)
      } catch (error) {
        refusalCache.keep(request.refused)
        throw error
      } finally {
        waiting -= facts.length
      }
    },
    drained: async () => {
      await Promise.all(lanes.map((lane) => lane.idle()))
    },
  }
}

function requestOf<Outcome>(refused: Map<Facts, Outcome>): Request<Outcome> {
  return { sinceMs: performance.now(), committed: new Map(), refused, isSuspect: refused.size > 0 }
}

function undecided<Outcome>(facts: readonly Facts[], { committed, refused }: Decided<Outcome>): readonly Facts[] {
  if (committed.size === 0 && refused.size === 0) return facts
  return facts.filter((fact) => !committed.has(fact) && !refused.has(fact))
}

interface Lane<Outcome> {
  /** Resolves when each of these facts is decided. */
  add(facts: readonly Facts[], request: Request<Outcome>): Promise<void>
  idle(): Promise<void>
}

/**
 * Hands each trace to its lane. A request that is larger than a transaction takes several: if it is given back halfway,
 * its resend finds the first half committed.
 */
async function spread<Outcome>(
  lanes: readonly Lane<Outcome>[],
  facts: readonly Facts[],
  request: Request<Outcome>,
  maxBatchFacts: number,
): Promise<void> {
  const ofLanes = lanes.map(() => [] as Facts[])
  for (const fact of facts) ofLanes[Number.parseInt(fact.trace.slice(-6), 16) % lanes.length]!.push(fact)
  const parts = lanes.flatMap((lane, i) => inParts(ofLanes[i]!, maxBatchFacts).map((part) => lane.add(part, request)))
  const failed = (await Promise.allSettled(parts)).find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

function inParts(facts: readonly Facts[], size: number): (readonly Facts[])[] {
  return Array.from({ length: Math.ceil(facts.length / size) }, (_, i) => facts.slice(i * size, (i + 1) * size))
}

function openLane<Outcome>(options: QueueOptions<Outcome>): Lane<Outcome> {
  const jobs: Job<Outcome>[] = []
  let running: Promise<void> = Promise.resolve()
  let busy = false
  const run = async () => {
    while (jobs.length > 0) await writeBatch(options, takeBatch(jobs, options))
    busy = false
  }
  return {
    add: (facts, request) =>
      new Promise<void>((resolve, reject) => {
        jobs.push({ facts, request, resolve, reject })
        if (busy) return
        busy = true
        running = run()
      }),
    idle: () => running,
  }
}

/** The oldest jobs, at least one, as long as they fit together, a suspect one alone; those that waited too long are given back. */
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

function isSuspect<Outcome>({ request }: Job<Outcome>): boolean {
  return request.isSuspect
}

function isLate<Outcome>({ request }: Job<Outcome>, { beginWithinMs }: QueueOptions<Outcome>): boolean {
  return performance.now() - request.sinceMs > beginWithinMs
}

function giveBack<Outcome>(job: Job<Outcome>, cause?: unknown): void {
  job.reject(
    cause instanceof Unavailable
      ? cause
      : new Unavailable('the database is too slow at the moment; send again', { cause }),
  )
}

/** A batch with more refused facts than these is given up: each of its jobs runs alone, and harms no other sender. */
const mostRefusedInBatch = 3

/** A transaction that failed as a whole; `attempt` counts from 1. */
interface Failed {
  readonly error: unknown
  readonly attempt: number
}

async function writeBatch<Outcome>(
  options: QueueOptions<Outcome>,
  batch: readonly Job<Outcome>[],
  attempt = 1,
): Promise<void> {
  if (batch.some(isSuspect)) return writeAlone(options, batch, { error: undefined, attempt })
  for (let refused = 0; batch.length > 0; refused++) {
    const parts = batch.map(({ facts, request }) => ({ facts: undecided(facts, request), request }))
    const facts = parts.flatMap((part) => part.facts)
    try {
      if (facts.length > 0) record(parts, await options.commit(facts))
      return batch.forEach(settle)
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

/** Ends a job: its request may have facts left that the search has not decided. */
function settle<Outcome>(job: Job<Outcome>): void {
  const left = undecided(job.facts, job.request).length
  if (left === 0) job.resolve()
  else
    job.reject(new Unavailable(`the database refuses some of these spans; ${left} are still to be tried: send again`))
}

/** A set-up that is wrong is not mended within the time that an answer has; anything else may pass. */
async function tryAgain<Outcome>(
  options: QueueOptions<Outcome>,
  batch: readonly Job<Outcome>[],
  failed: Failed,
): Promise<void> {
  if (failed.error instanceof Misconfigured) for (const job of batch) job.reject(failed.error)
  else await writeBatch(options, await waitOut(options, batch, failed), failed.attempt + 1)
}

/** Commits each job of a batch for itself; a job that was alone already is searched for what is refused. */
async function writeAlone<Outcome>(
  options: QueueOptions<Outcome>,
  batch: readonly Job<Outcome>[],
  failed: Failed,
): Promise<void> {
  if (batch.length === 1) return search(options, batch[0]!, failed)
  for (const job of batch) await writeBatch(options, [job])
}

async function search<Outcome>(
  options: QueueOptions<Outcome>,
  job: Job<Outcome>,
  { error, attempt }: Failed,
): Promise<void> {
  const facts = undecided(job.facts, job.request)
  try {
    await searchRefused(options, { facts, error }, job.request, () => isLate(job, options))
    settle(job)
  } catch (passing) {
    await tryAgain(options, [job], { error: passing, attempt })
  }
}

/** Waits, then returns the jobs that still have time; the others are given back. */
async function waitOut<Outcome>(
  options: QueueOptions<Outcome>,
  batch: readonly Job<Outcome>[],
  { error, attempt }: Failed,
): Promise<Job<Outcome>[]> {
  await sleep(options.retryPauseMs(attempt))
  const rest: Job<Outcome>[] = []
  for (const job of batch) {
    if (isLate(job, options)) giveBack(job, error)
    else rest.push(job)
  }
  return rest
}
