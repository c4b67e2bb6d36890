import type { Facts } from '../map/facts/facts.ts'
import type { MentionedId } from '../settle/call-ids/shared-calls.ts'
import { taskId } from '../settle/model/ids.ts'
import type { PriceLookup } from '../settle/prices/prices.ts'
import { forgetContent } from '../settle/rows/event-stubs.ts'
import type { IsRepriced } from '../settle/rows/kept-price.ts'
import { packNodes } from '../settle/rows/pack-nodes.ts'
import { rulesVersion } from '../settle/rules-version.ts'
import type { TraceChanges } from '../settle/settle.ts'
import type { CostGap } from '../settle/share/cost-gaps.ts'
import type { ArrivalOutcome } from '../settle/tree/merge-versions.ts'
import { awaitInOrder, type Database, type Session } from '../store/database.ts'
import { findSharingTraces, type LockedIds, lockCallIds, MissingTraces } from './ledger/call-ids.ts'
import type { LockedTrace } from './ledger/locked-trace.ts'
import { endMove, mostMovedRows, nextMove, writeMoves } from './ledger/moves.ts'
import type { TraceCache } from './ledger/trace-cache.ts'
import { type Arrived, lockTraces } from './ledger/traces.ts'
import { writeLedger } from './ledger/write-ledger.ts'
import { withLockTimes } from './lock-times.ts'
import { checkOutdated, lostShares, markOutdated, reportsAgain, setRules, voidCopies } from './resettle/outdated.ts'
import { type PartOfRuns, type Resettled, withStoredShares } from './resettle/part-of-run.ts'
import { hashesOfPart } from './resettle/rewrite-part.ts'
import { type CountedRuns, comparing } from './resettle/run-changes.ts'
import { settleTraces } from './settle-traces.ts'
import type { AdaptedTables, ToJson } from './tables/adapt-columns.ts'
import type { PrunedBefore } from './tables/missing-rows.ts'
import { cacheUsers, type UserCache } from './tables/users.ts'
import type { TouchedUsage } from './touched-usage.ts'
import { type Contribution, type LockedWorkflow, lockWorkflows } from './workflows/lock-workflows.ts'
import { checkTraces, findTraces, unchangedShares } from './workflows/rewritten-workflows.ts'
import { type ForeignRows, writeAll } from './write-all.ts'

/** What a writer needs, and what it reports to. */
export interface WriterOptions {
  readonly database: Database
  readonly traceCache: TraceCache
  readonly price: PriceLookup
  /** Used for columns that hold JSON where ours hold text. */
  readonly toJson: ToJson
  /** Called after each commit with its number of facts, and how long it took, failed attempts included. */
  readonly onCommitted: (batch: { readonly items: number; readonly milliseconds: number }) => void
  /** Called with the reason where nothing could be committed, through no fault of a row. */
  readonly onUnavailable: (reason: string) => void
  /** Called with what a statement has locked, and how long the database took to answer it. */
  readonly onLocked?: (lock: string, milliseconds: number) => void
  /** Called after each commit with what is missing in the sums of money of its tasks, if anything is. */
  readonly onCostGaps: (gaps: readonly CostGap[]) => void
  /** Called after each commit with the calls that it has touched. Without it nothing is collected. */
  readonly onUsage?: ((touched: TouchedUsage) => void) | undefined
  /** Called after each commit. */
  readonly onForeignRows: (foreign: ForeignRows) => void
  /** Called between parts of a batch, so that sockets, or the app that exports, get their turn. */
  readonly pause?: (() => Promise<unknown>) | undefined
  /** Which rows get the present price, where runs are settled again. Absent: none that is written already. */
  readonly isRepriced?: IsRepriced
  /** The most rows of a trace that one transaction moves to another workflow. */
  readonly mostMovedRows?: number
  /** The version of the rules by which traces are settled. */
  readonly rules?: number
  /** The most times that a transaction begins again. */
  readonly mostRestarts?: number
  /** The most traces of a run of older rules that one transaction settles again. */
  readonly mostResettledTraces?: number
}

/** What a writer has read from the database, besides traces. All of it may have changed since. */
export interface WriterCache {
  readonly users: UserCache
  tables: AdaptedTables | undefined
  /** Whether another writer has been seen to write tasks too: each transaction looks for its tasks first. */
  hasOtherWriters: boolean
  /** How many transactions look for the traces that share their ids before they lock. 0: ids are expected to be new. */
  searches: number
  /** Rows that retention has removed are not missed. */
  prunedBefore: PrunedBefore
}

/** What a writer knows that has read nothing so far. */
export function newWriterCache(): WriterCache {
  return { users: new Map(), tables: undefined, hasOtherWriters: false, searches: 0, prunedBefore: new Map() }
}

/** What a transaction is for. */
export interface Work extends Pick<Arrived, 'facts'>, Partial<Pick<Arrived, 'others'>> {
  /** The trace of which one part is moved; null: none. */
  readonly move: string | null
  readonly checkOtherWriters: boolean
  /** Runs are settled again, and what that changes is returned; with `all` also where the present rules have made the rows. */
  readonly resettle?: { readonly all: boolean; readonly counted?: CountedRuns }
}

/** A try to do it. */
export interface Attempt extends Omit<Work, 'others'>, Arrived, PartOfRuns {}

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

/** A try, with what it works with. */
interface Trying {
  readonly options: WriterOptions
  readonly cache: WriterCache
  readonly attempt: Attempt
}

/** The traces that an attempt has locked. */
interface Locked {
  readonly traces: readonly LockedTrace[]
  readonly outdated: readonly LockedTrace[]
  /** The workflows all of whose rows are written again, whole or in parts. */
  readonly again: ReadonlySet<string>
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
  cacheUsers(cache.users, done.written.users)
  cache.tables = done.written.tables
  cache.hasOtherWriters ||= done.written.foreign.tasks > 0
  cache.searches = Math.max(0, cache.searches - 1)
  for (const locked of done.traces) cacheTrace(traceCache, locked, facts.length)
  if (done.written.gaps.length > 0) options.onCostGaps(done.written.gaps)
  if (done.written.touched !== null) options.onUsage?.(done.written.touched)
  options.onForeignRows(done.written.foreign)
  return {
    outcomes: outcomesInOrder(facts, done.traces, done.changes),
    delayed: done.traces.filter((_, i) => done.changes[i]!.delayed.length > 0).map(({ trace }) => trace.id),
    hasMoved: done.traces.some(({ part }) => part !== undefined),
    resettled: { traces: done.outdated.map(({ trace }) => trace.id), inParts, changes: done.runChanges },
  }
}

async function lock(session: Session, { options, cache, attempt }: Trying): Promise<Locked> {
  const { traceCache, price, isRepriced, rules = rulesVersion } = options
  const { facts, others, rewritten, inParts, move, resettle } = attempt
  const sharing = cache.searches > 0 ? await findSharingTraces(session, facts) : []
  const whole = await findTraces(session, rewritten)
  const needed = [...others, ...sharing, ...whole, ...(move === null ? [] : [move])]
  const known = await lockTraces(session, traceCache, price, { facts, others: needed, rules, isRepriced })
  const locked = markOutdated(known, rules, resettle?.all)
  const outdated = locked.filter(({ isOutdated }) => isOutdated)
  const again = new Set([...rewritten, ...inParts])
  await checkOutdated(session, outdated, again)
  const traces = move === null ? locked : await withPart(session, locked, move)
  return { traces, outdated, again }
}

/** `shared` are the ids that several of the traces mention. */
async function settleAndWrite(session: Session, trying: Trying, locked: Locked, shared: readonly MentionedId[]) {
  const { options, attempt } = trying
  const { traces, outdated } = locked
  const { rewritten, inParts, checkOtherWriters } = attempt
  const changes = await settleTraces(session, options, traces, shared)
  const settled = contributionsOf(traces, changes)
  const contributions = await withStoredShares(session, settled, { outdated, inParts })
  const unchanged = unchangedShares(traces, contributions, rewritten)
  const lost = await lostShares(session, traces, [...contributions, ...unchanged], rewritten)
  const locks = { checkOtherWriters, rewritten }
  const locking = lockWorkflows(session, [...contributions, ...unchanged, ...lost], locks)
  const [, , done] = await awaitInOrder([
    locking,
    writeLedger(session, traces, changes),
    // the locks are answered while the ledger is still being written
    locking.then((workflows) => writeLocked(session, trying, { ...locked, workflows, changes })),
  ])
  return done
}

/** What is written when all is locked. `changes` are those of the traces, in their order. */
interface Writing extends Locked {
  readonly workflows: readonly LockedWorkflow[]
  readonly changes: readonly TraceChanges[]
}

async function writeLocked(
  session: Session,
  { options, cache, attempt }: Trying,
  { traces, outdated, again, workflows, changes }: Writing,
) {
  const { rewritten, inParts, resettle } = attempt
  const { isRepriced, rules = rulesVersion } = options
  await checkTraces(session, traces, rewritten)
  const rows = changes.map((change) => change.rows)
  if (outdated.length > 0) rows.push(await reportsAgain(session, outdated, again))
  await writeMoves(session, traces, changes, options.mostMovedRows ?? mostMovedRows)
  await setRules(session, outdated, rules)
  if (isRepriced !== undefined) await voidCopies(session, outdated)
  const writing = { ...options, cache, watchesUsage: options.onUsage !== undefined }
  const write = () => writeAll(session, writing, { workflows, rows, traces, inParts })
  const part = { traces: outdated, tasks: [...inParts].map(taskId) }
  const changing = inParts.size === 0 ? null : hashesOfPart(part, rows)
  const compared = resettle && { ...resettle, workflows: again, changing }
  const { written, runChanges } = await comparing(session, compared, write)
  return { traces, changes, written, outdated, runChanges }
}

/** Where the transaction must begin again, the traces go back into the cache as they were: nothing has arrived in them yet. */
async function lockIds(
  session: Session,
  { traceCache }: WriterOptions,
  traces: readonly LockedTrace[],
  areNew: boolean,
): Promise<LockedIds> {
  try {
    return await lockCallIds(session, traces, areNew)
  } catch (error) {
    if (error instanceof MissingTraces)
      for (const { trace, version, epoch, server } of traces)
        traceCache.put(trace.id, { trace, version: version - 1, epoch, server })
    throw error
  }
}

/** Gives a locked trace the next part of it to move, which this transaction ends. */
async function withPart(session: Session, traces: readonly LockedTrace[], trace: string): Promise<LockedTrace[]> {
  const part = await nextMove(session, trace)
  if (part === null) return [...traces]
  await endMove(session, trace, part)
  return traces.map((locked) => (locked.trace.id === trace ? { ...locked, part } : locked))
}

/** Returns what traces contribute to workflows. `changes` are those of the traces, in their order. */
export function contributionsOf(traces: readonly LockedTrace[], changes: readonly TraceChanges[]): Contribution[] {
  return traces.flatMap(({ trace: { id } }, i) => changes[i]!.shares.map((share) => ({ trace: id, ...share })))
}

/** A trace that stays in the cache loses the texts of events, which are in the database now, and is packed if it is long. */
function cacheTrace(
  traceCache: TraceCache,
  { trace, version, epoch, server, arrivals }: LockedTrace,
  batchFacts: number,
): void {
  if (!traceCache.put(trace.id, { trace, version, epoch, server }, batchFacts)) return
  forgetContent(
    trace,
    arrivals.map(({ id }) => id),
  )
  packNodes(trace)
}

function outcomesInOrder(
  facts: readonly Facts[],
  traces: readonly LockedTrace[],
  changes: readonly TraceChanges[],
): ArrivalOutcome[] {
  const next = new Map(traces.map(({ trace }, i) => [trace.id, changes[i]!.outcomes[Symbol.iterator]()]))
  const forgotten = new Set(traces.flatMap((locked) => locked.forgotten ?? []))
  const tooOld = new Set(traces.flatMap((locked) => locked.tooOld ?? []))
  return facts.map((fact) => {
    if (forgotten.has(fact)) return 'duplicate'
    return tooOld.has(fact) ? 'too-old' : next.get(fact.trace)!.next().value!
  })
}
