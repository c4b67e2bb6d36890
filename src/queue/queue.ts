import { setTimeout as sleep } from 'node:timers/promises'
import { Misconfigured, Unavailable } from '../errors.ts'
import type { Facts } from '../map/facts/facts.ts'

/** Commits facts, whole or not at all, with one outcome for each in their order. */
export type Commit<Outcome> = (facts: readonly Facts[]) => Promise<Outcome[]>

export interface QueueOptions<Outcome> {
  readonly commit: Commit<Outcome>
  /** Of the facts of a batch, the one that an error of `commit` is about; null where the error blames none. */
  readonly blamed: (error: unknown, batch: readonly Facts[]) => Facts | 'unknown' | null
  /** What becomes of a fact that the database refuses. */
  readonly refused: (error: unknown) => Outcome
  /** Transactions at the same time; a trace always takes the same lane. */
  readonly lanes: number
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
  /** Settles when all of these facts are committed; rejects with `Unavailable` if that isn't possible in time. */
  submit(facts: readonly Facts[]): Promise<Outcome[]>
  /** Resolves when nothing is waiting or being written. */
  drained(): Promise<void>
}

interface Job<Outcome> {
  readonly facts: readonly Facts[]
  readonly sinceMs: number
  readonly resolve: (outcomes: Outcome[]) => void
  readonly reject: (error: unknown) => void
}

export function openQueue<Outcome>(options: QueueOptions<Outcome>): Queue<Outcome> {
  const lanes = Array.from({ length: options.lanes }, () => openLane(options))
  let waiting = 0
  return {
    submit: async (facts) => {
      if (facts.length === 0) return []
      if (waiting > 0 && waiting + facts.length > options.maxWaitingFacts) {
        throw new Unavailable(`${waiting} spans are waiting to be written already; send again`)
      }
      waiting += facts.length
      try {
        return await spread(lanes, facts, options.maxBatchFacts)
      } finally {
        waiting -= facts.length
      }
    },
    drained: async () => {
      await Promise.all(lanes.map((lane) => lane.idle()))
    },
  }
}

interface Lane<Outcome> {
  add(facts: readonly Facts[]): Promise<Outcome[]>
  idle(): Promise<void>
}

/**
 * Hands each trace to its lane, and puts the outcomes together again. A request that is larger than a transaction takes
 * several: if it is given back halfway, its resend finds the first half committed.
 */
async function spread<Outcome>(
  lanes: readonly Lane<Outcome>[],
  facts: readonly Facts[],
  maxBatchFacts: number,
): Promise<Outcome[]> {
  const shares = lanes.map(() => [] as Facts[])
  const laneOf = facts.map((fact) => {
    const lane = Number.parseInt(fact.trace.slice(-6), 16) % lanes.length
    shares[lane]!.push(fact)
    return lane
  })
  const done = await Promise.allSettled(shares.map((share, i) => addInParts(lanes[i]!, share, maxBatchFacts)))
  const failed = done.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  const next = done.map((result) => (result as PromiseFulfilledResult<Outcome[]>).value[Symbol.iterator]())
  return laneOf.map((lane) => next[lane]!.next().value!)
}

async function addInParts<Outcome>(
  lane: Lane<Outcome>,
  facts: readonly Facts[],
  maxBatchFacts: number,
): Promise<Outcome[]> {
  const parts: Promise<Outcome[]>[] = []
  for (let at = 0; at < facts.length; at += maxBatchFacts) parts.push(lane.add(facts.slice(at, at + maxBatchFacts)))
  const done = await Promise.allSettled(parts)
  return done.flatMap((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
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
    add: (facts) =>
      new Promise<Outcome[]>((resolve, reject) => {
        jobs.push({ facts, sinceMs: performance.now(), resolve, reject })
        if (busy) return
        busy = true
        running = run()
      }),
    idle: () => running,
  }
}

/** The oldest jobs, at least one, as long as they fit together; those that waited too long are given back. */
function takeBatch<Outcome>(
  jobs: Job<Outcome>[],
  { maxBatchFacts, beginWithinMs }: QueueOptions<Outcome>,
): Job<Outcome>[] {
  const batch: Job<Outcome>[] = []
  let size = 0
  for (let job = jobs[0]; job !== undefined; job = jobs[0]) {
    if (isLate(job, beginWithinMs)) giveBack(job)
    else if (size > 0 && size + job.facts.length > maxBatchFacts) break
    else {
      size += job.facts.length
      batch.push(job)
    }
    jobs.shift()
  }
  return batch
}

function isLate<Outcome>({ sinceMs }: Job<Outcome>, beginWithinMs: number): boolean {
  return performance.now() - sinceMs > beginWithinMs
}

function giveBack<Outcome>(job: Job<Outcome>, cause?: unknown): void {
  job.reject(
    cause instanceof Unavailable
      ? cause
      : new Unavailable('the database is too slow at the moment; send again', { cause }),
  )
}

/** Three refused values in one batch, then each job runs alone: it is its own sender's concern. */
const mostBlamed = 3
/** So many transactions are spent on finding out whose value is refused; what is left then is refused together. */
const mostTries = 64

/** `attempt`: which one this is, after transactions that failed as a whole. */
async function writeBatch<Outcome>(
  options: QueueOptions<Outcome>,
  batch: readonly Job<Outcome>[],
  attempt = 1,
): Promise<void> {
  if (batch.length === 0) return
  const refused = new Map<Facts, Outcome>()
  for (;;) {
    const facts = batch.flatMap((job) => job.facts).filter((fact) => !refused.has(fact))
    try {
      const outcomes = facts.length === 0 ? [] : await options.commit(facts)
      settleJobs(batch, new Map([...refused, ...facts.map((fact, i) => [fact, outcomes[i]!] as const)]))
      return
    } catch (error) {
      const blamed = options.blamed(error, facts)
      if (blamed === null) return tryAgain(options, batch, { error, attempt })
      if (batch.length === 1) return writeParts(options, batch[0]!, { error, attempt })
      if (blamed === 'unknown' || refused.size === mostBlamed) return oneByOne(options, batch)
      refused.set(blamed, options.refused(error))
    }
  }
}

/** A transaction that failed as a whole. */
interface Failure {
  readonly error: unknown
  readonly attempt: number
}

/** What somebody must set right first doesn't pass within the time that an answer has. */
async function tryAgain<Outcome>(
  options: QueueOptions<Outcome>,
  batch: readonly Job<Outcome>[],
  failure: Failure,
): Promise<void> {
  if (failure.error instanceof Misconfigured) for (const job of batch) job.reject(failure.error)
  else await writeBatch(options, await waitOut(options, batch, failure), failure.attempt + 1)
}

async function oneByOne<Outcome>(options: QueueOptions<Outcome>, batch: readonly Job<Outcome>[]): Promise<void> {
  for (const job of batch) await writeBatch(options, [job])
}

/** Which facts of a job are settled, while it is found out whose value the database refuses. */
interface Search<Outcome> {
  readonly outcomes: Map<Facts, Outcome>
  tries: number
}

/** A job of which something is refused: the rest of it is committed, in parts where nobody knows what it is. */
async function writeParts<Outcome>(
  options: QueueOptions<Outcome>,
  job: Job<Outcome>,
  { error, attempt }: Failure,
): Promise<void> {
  const search: Search<Outcome> = { outcomes: new Map(), tries: 1 }
  try {
    for (const part of stillToTry(options, job.facts, search, error)) await writePart(options, part, search)
    settleJobs([job], search.outcomes)
  } catch (passing) {
    await tryAgain(options, [job], { error: passing, attempt })
  }
}

async function writePart<Outcome>(
  options: QueueOptions<Outcome>,
  facts: readonly Facts[],
  search: Search<Outcome>,
): Promise<void> {
  try {
    search.tries++
    const done = await options.commit(facts)
    for (const [i, fact] of facts.entries()) search.outcomes.set(fact, done[i]!)
  } catch (error) {
    for (const part of stillToTry(options, facts, search, error)) await writePart(options, part, search)
  }
}

/** What may be committed after this error; the outcome of the others is that they are refused. Throws what may pass. */
function stillToTry<Outcome>(
  options: QueueOptions<Outcome>,
  facts: readonly Facts[],
  { outcomes, tries }: Search<Outcome>,
  error: unknown,
): (readonly Facts[])[] {
  const blamed = options.blamed(error, facts)
  if (blamed === null) throw error
  const refuse = (fact: Facts) => outcomes.set(fact, options.refused(error))
  if (facts.length === 1 || tries >= mostTries) {
    facts.forEach(refuse)
    return []
  }
  if (blamed === 'unknown') return halves(facts)
  refuse(blamed)
  return [facts.filter((fact) => fact !== blamed)]
}

function halves<T>(list: readonly T[]): (readonly T[])[] {
  const middle = Math.ceil(list.length / 2)
  return [list.slice(0, middle), list.slice(middle)]
}

function settleJobs<Outcome>(batch: readonly Job<Outcome>[], outcomes: ReadonlyMap<Facts, Outcome>): void {
  for (const job of batch) job.resolve(job.facts.map((fact) => outcomes.get(fact)!))
}

/** A short absence of the database is ridden out as long as the answer has time; who has none left is given back. */
async function waitOut<Outcome>(
  { beginWithinMs, retryPauseMs }: QueueOptions<Outcome>,
  batch: readonly Job<Outcome>[],
  { error, attempt }: Failure,
): Promise<Job<Outcome>[]> {
  await sleep(retryPauseMs(attempt))
  const rest: Job<Outcome>[] = []
  for (const job of batch) {
    if (isLate(job, beginWithinMs)) giveBack(job, error)
    else rest.push(job)
  }
  return rest
}
