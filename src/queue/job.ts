import { Unavailable } from '../errors.ts'
import type { Facts } from '../map/facts/facts.ts'
import type { QueueOptions } from './options.ts'
import type { Decided } from './refusal-search.ts'

/** The facts that were submitted together: those that are decided so far, and since when they wait. */
export interface QueuedRequest<Outcome> extends Decided<Outcome> {
  readonly tenant: string
  readonly sinceMs: number
  /** Whether the database has refused facts of this request before: there may be more, so it is searched at once. */
  readonly isSuspect: boolean
}

/** Facts of one request that take the same transaction. */
export interface Job<Outcome> {
  readonly facts: readonly Facts[]
  readonly request: QueuedRequest<Outcome>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Returns the facts that are neither committed nor refused. */
export function undecided<Outcome>(
  facts: readonly Facts[],
  { committed, refused }: Decided<Outcome>,
): readonly Facts[] {
  if (committed.size === 0 && refused.size === 0) return facts
  const left: Facts[] = []
  for (const fact of facts) if (!committed.has(fact) && !refused.has(fact)) left.push(fact)
  return left
}

/** Whether a job is part of a suspect request. */
export function isSuspect<Outcome>({ request }: Job<Outcome>): boolean {
  return request.isSuspect
}

/** Whether the time within which the request must be begun has passed. */
export function isLate<Outcome>(
  { request }: Job<Outcome>,
  { beginWithinMs }: Pick<QueueOptions<Outcome>, 'beginWithinMs'>,
): boolean {
  return performance.now() - request.sinceMs > beginWithinMs
}

/** Ends a job that was not committed in time: its sender is asked to send it again. */
export function giveBack<Outcome>(job: Job<Outcome>, cause?: unknown): void {
  job.reject(
    cause instanceof Unavailable
      ? cause
      : new Unavailable('the database is too slow at the moment; send again', { cause, reason: 'too-slow' }),
  )
}

/** Ends a job that was written: a search that was stopped leaves facts that must be sent again. */
export function resolveJob<Outcome>(job: Job<Outcome>): void {
  const left = undecided(job.facts, job.request).length
  if (left === 0) job.resolve()
  else
    job.reject(
      new Unavailable(`the database refuses some of these spans; ${left} are still to be tried: send again`, {
        reason: 'undecided',
      }),
    )
}
