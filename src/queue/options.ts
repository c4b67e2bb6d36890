import type { Facts } from '../map/facts/facts.ts'
import type { CommitOptions } from './refusal-search.ts'

/** How a queue commits, and its limits. */
export interface QueueOptions<Outcome> extends Omit<CommitOptions<Outcome>, 'commit'> {
  /** Commits facts of one tenant, whole or not at all, with one outcome for each in their order. */
  readonly commit: (facts: readonly Facts[], tenant: string) => Promise<Outcome[]>
  /** Transactions that run at the same time; a trace always takes the same lane. */
  readonly lanes: number
  /** One more lane is used for each so many facts that wait: a transaction of one costs about as much as one of 50. */
  readonly factsPerLane: number
  /** The most facts of one transaction. */
  readonly maxBatchFacts: number
  /** The most facts that wait; a request with more is given back. */
  readonly maxWaitingFacts: number
  /** A request that has waited longer is not begun: its sender will have given up. */
  readonly beginWithinMs: number
  /** Returns how long to wait before a failed transaction is tried again. `attempt` counts the failures from 1. */
  readonly retryPauseMs: (attempt: number) => number
}
