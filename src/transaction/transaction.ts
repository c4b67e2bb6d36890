import type { Facts } from '../map/facts/facts.ts'
import { forgetContent } from '../settle/rows/event-stubs.ts'
import { packNodes } from '../settle/rows/pack-nodes.ts'
import type { TraceChanges } from '../settle/settle.ts'
import type { ArrivalOutcome } from '../settle/tree/merge-versions.ts'
import { awaitInOrder, type Session } from '../store/database.ts'
import { lock, lockIds } from './attempt/lock.ts'
import { withLockTimes } from './attempt/lock-times.ts'
import { settleAndWrite } from './attempt/settle-and-write.ts'
import type { LockedTrace } from './ledger/locked-trace.ts'
import type { TraceCache } from './ledger/trace-cache.ts'
import { column } from './lists.ts'
import type { Resettled } from './resettle/part-of-run.ts'
import { cacheUsers } from './tables/users.ts'
import type { Attempt, WriterCache, WriterOptions } from './writer-options.ts'

/** What a transaction has committed. */
export interface Committed {
  readonly outcomes: ArrivalOutcome[]
  /** The traces whose rows are still to be moved. */
  readonly delayed: readonly string[]
  /** A part of a trace was moved, and others may be left. */
  readonly hasMoved: boolean
  /** The traces that were settled again because other rules had made their rows, and what that has changed. */
  readonly resettled: Resettled
}

/**
 * Locks the traces and reads their neighbourhood, settles, writes, and commits. Caches only what is committed. Throws
 * MissingTraces, OutdatedTraces or MissingRows where the transaction has to begin again with more.
 */
export async function commitAttempt(options: WriterOptions, cache: WriterCache, attempt: Attempt): Promise<Committed> {
  const { facts, rewritten, inParts, resettle } = attempt
  const { database, traceCache, onLocked } = options
  const trying = { options, cache, attempt }
  // what is settled again may be a whole run, whose statements are planned for the rows that they have
  const keepsPlans = rewritten.size === 0 && inParts.size === 0 && resettle === undefined
  const work = async (connection: Session) => {
    const session = onLocked === undefined ? connection : withLockTimes(connection, onLocked)
    const locked = await lock(session, trying)
    const { shared, added } = await lockIds(session, options, locked.traces, cache.searches === 0)
    // where an id was there already, all that follows fails, too
    const [, done] = await awaitInOrder([added, settleAndWrite(session, trying, locked, shared)])
    return done
  }
  const done = await database.transaction(work, undefined, { keepsPlans })
  const foreign = { tasks: done.written.foreignTasks, days: await done.written.days.foreign }
  cacheUsers(cache.users, done.written.users)
  cache.tables = done.written.tables
  cache.hasOtherWriters ||= foreign.tasks > 0
  cache.searches = Math.max(0, cache.searches - 1)
  for (const locked of done.traces) cacheTrace(traceCache, locked, facts.length)
  if (done.written.gaps.length > 0) options.onCostGaps(done.written.gaps)
  if (done.written.touched !== null) options.onUsage?.(done.written.touched)
  options.onForeignRows(foreign)
  return {
    outcomes: outcomesInOrder(facts, done.traces, done.changes),
    delayed: delayedTraces(done.traces, done.changes),
    hasMoved: done.traces.some(isMoved),
    resettled: { traces: done.outdated.map(({ trace }) => trace.id), inParts, changes: done.runChanges },
  }
}

function delayedTraces(traces: readonly LockedTrace[], changes: readonly TraceChanges[]): string[] {
  const ids: string[] = []
  for (const [i, { trace }] of traces.entries()) if (changes[i]!.delayed.length > 0) ids.push(trace.id)
  return ids
}

function isMoved({ part }: LockedTrace): boolean {
  return part !== undefined
}

/** A trace that stays in the cache loses the texts of events, which are in the database now, and is packed if it is long. */
function cacheTrace(
  traceCache: TraceCache,
  { trace, version, epoch, server, arrivals }: LockedTrace,
  batchFacts: number,
): void {
  if (!traceCache.put(trace.id, { trace, version, epoch, server }, batchFacts)) return
  forgetContent(trace, column(arrivals, 'id'))
  packNodes(trace)
}

function outcomesInOrder(
  facts: readonly Facts[],
  traces: readonly LockedTrace[],
  changes: readonly TraceChanges[],
): ArrivalOutcome[] {
  const next = new Map<string, Iterator<ArrivalOutcome>>()
  const taken = new Map<Facts, ArrivalOutcome>()
  for (const [i, { trace, forgotten = [], tooOld = [] }] of traces.entries()) {
    next.set(trace.id, changes[i]!.outcomes[Symbol.iterator]())
    for (const fact of tooOld) taken.set(fact, 'too-old')
    for (const fact of forgotten) taken.set(fact, 'duplicate')
  }
  const outcomes: ArrivalOutcome[] = []
  for (const fact of facts) outcomes.push(taken.get(fact) ?? next.get(fact.trace)!.next().value)
  return outcomes
}
