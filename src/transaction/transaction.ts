import { messageOf } from '../errors.ts'
import type { Facts } from '../map/facts/facts.ts'
import type { RowChanges } from '../settle/model/rows.ts'
import type { PriceLookup } from '../settle/prices/prices.ts'
import { forgetContent } from '../settle/rows/event-stubs.ts'
import type { TraceChanges } from '../settle/settle.ts'
import { type CostGap, costGapsIn, joinCostGaps } from '../settle/share/cost-gaps.ts'
import type { ArrivalOutcome } from '../settle/tree/merge-versions.ts'
import { BadRow, type Database, type Session } from '../store/database.ts'
import { findSharingTraces, MissingTraces } from './ledger/call-ids.ts'
import type { LockedTrace } from './ledger/locked-trace.ts'
import type { TraceCache } from './ledger/trace-cache.ts'
import { type Arrived, lockTraces } from './ledger/traces.ts'
import { writeLedger } from './ledger/write-ledger.ts'
import { settleTraces } from './settle-traces.ts'
import { type AdaptedTables, adaptTables, type ToJson } from './tables/adapt-columns.ts'
import { writeDays } from './tables/days.ts'
import { cacheUsers, findOrAddUsers, type UserCache } from './tables/users.ts'
import { writeRows } from './tables/write-rows.ts'
import { billWorkflowReports } from './workflows/bill-reports.ts'
import { foldWorkflows, writeWorkflows } from './workflows/fold-workflows.ts'
import { type Contribution, type LockedWorkflow, lockWorkflows } from './workflows/lock-workflows.ts'
import { ownsTask, type WorkflowChange } from './workflows/workflow-change.ts'

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
  /** Called after each commit with what is missing in the sums of money of its tasks, if anything is. */
  readonly onCostGaps: (gaps: readonly CostGap[]) => void
  /** Called after each commit. */
  readonly onForeignRows: (foreign: ForeignRows) => void
  /** Called between parts of a batch, so that the app that exports gets its turn. */
  readonly pause?: (() => Promise<unknown>) | undefined
}

/** The number of rows that another writer has written for tasks and days of a transaction, and that stay as they are. */
export interface ForeignRows {
  readonly tasks: number
  readonly days: number
}

/** Commits facts, whole or not at all. Returns one outcome for each, in their order. */
export type WriteFacts = (facts: readonly Facts[]) => Promise<ArrivalOutcome[]>

/** What a writer has read from the database, besides traces. All of it may have changed since. */
interface WriterCache {
  readonly users: UserCache
  tables: AdaptedTables | undefined
  /** Whether another writer has been seen to write tasks too: each transaction looks for its tasks first. */
  hasOtherWriters: boolean
  /** How many transactions look for the traces that share their ids before they lock. */
  searches: number
}

/** Opens a writer, which may be called any number of times at once. */
export function openWriter(options: WriterOptions): WriteFacts {
  let cache: WriterCache = { users: new Map(), tables: undefined, hasOtherWriters: false, searches: 0 }
  /** Whether a value was refused and nothing was cached since. */
  let isFresh = false
  const write = async (facts: readonly Facts[]): Promise<ArrivalOutcome[]> => {
    const wasFresh = isFresh
    try {
      const outcomes = await commit(options, cache, facts, wasFresh || cache.hasOtherWriters)
      isFresh = false
      return outcomes
    } catch (error) {
      // a table may have been changed, a user deleted, a task written by another writer: a value counts as refused only
      // after all of that was read anew
      cache = { ...cache, users: new Map(), tables: undefined }
      if (!(error instanceof BadRow) || wasFresh) throw error
      isFresh = true
      return write(facts)
    }
  }
  return async (facts) => {
    const startedMs = performance.now()
    try {
      const outcomes = await write(facts)
      options.onCommitted({ items: facts.length, milliseconds: performance.now() - startedMs })
      return outcomes
    } catch (error) {
      if (!(error instanceof BadRow)) options.onUnavailable(messageOf(error))
      throw error
    }
  }
}

/** So many transactions after one that had to begin again look for the traces that share its ids before they lock. */
const transactionsWithSearch = 1000
/** The most times that a transaction begins again because other traces have the same calls. */
const mostRestarts = 8

/**
 * Commits facts in a transaction that locks their traces and those that have rows of the same calls. Which these are is
 * known when all is locked that was known before, so the transaction may begin again, with more traces.
 */
async function commit(
  options: WriterOptions,
  cache: WriterCache,
  facts: readonly Facts[],
  checkOtherWriters: boolean,
): Promise<ArrivalOutcome[]> {
  let others: readonly string[] = []
  for (let restarts = 0; ; restarts++) {
    try {
      return await commitWith(options, cache, { facts, others }, checkOtherWriters)
    } catch (error) {
      if (!(error instanceof MissingTraces) || restarts === mostRestarts) throw error
      others = [...others, ...error.traces]
      cache.searches = transactionsWithSearch
    }
  }
}

/** Locks the traces and reads their neighbourhood, settles, writes, and commits. Caches only what is committed. */
async function commitWith(
  options: WriterOptions,
  cache: WriterCache,
  { facts, others }: Arrived,
  checkOtherWriters: boolean,
): Promise<ArrivalOutcome[]> {
  const { database, traceCache, price } = options
  const done = await database.transaction(async (session) => {
    const sharing = cache.searches > 0 ? await findSharingTraces(session, facts) : []
    const traces = await lockTraces(session, traceCache, price, { facts, others: [...others, ...sharing] })
    const changes = await settleTraces(session, options, traces)
    await writeLedger(session, traces, changes)
    const workflows = await lockWorkflows(session, contributionsOf(traces, changes), checkOtherWriters)
    const rows = changes.map((change) => change.rows)
    return { traces, changes, written: await writeAll(session, options, cache, { workflows, rows }) }
  })
  cacheUsers(cache.users, done.written.users)
  cache.tables = done.written.tables
  cache.hasOtherWriters ||= done.written.foreign.tasks > 0
  cache.searches = Math.max(0, cache.searches - 1)
  for (const locked of done.traces) cacheTrace(traceCache, locked)
  if (done.written.gaps.length > 0) options.onCostGaps(done.written.gaps)
  options.onForeignRows(done.written.foreign)
  return outcomesInOrder(facts, done.traces, done.changes)
}

function contributionsOf(traces: readonly LockedTrace[], changes: readonly TraceChanges[]): Contribution[] {
  return traces.flatMap(({ trace: { id } }, i) => changes[i]!.shares.map((share) => ({ trace: id, ...share })))
}

interface Written {
  /** The ids of users that were read or added, by external id. */
  readonly users: Map<string, string>
  readonly tables: AdaptedTables | undefined
  readonly foreign: ForeignRows
  readonly gaps: readonly CostGap[]
}

/**
 * Writes tasks, users, rows and days of locked workflows. Each class of locks is taken whole before the next: traces and
 * workflows before this, users and days here (docs/design.md §6).
 */
async function writeAll(
  session: Session,
  { price, toJson }: WriterOptions,
  cache: WriterCache,
  { workflows, rows }: { readonly workflows: readonly LockedWorkflow[]; readonly rows: readonly RowChanges[] },
): Promise<Written> {
  if (workflows.length === 0)
    return { users: new Map(), tables: cache.tables, foreign: { tasks: 0, days: 0 }, gaps: [] }
  const adapted = cache.tables ?? (await adaptTables(session, toJson))
  const billed = await billWorkflowReports(session, price, workflows, rows)
  const changed = await foldWorkflows(session, billed.workflows)
  const { users, found } = await findOrAddUsers(session, cache.users, changed)
  await writeRows(session, { workflows: changed, users, tables: adapted.tables }, [...rows, billed.rows])
  await writeWorkflows(session, changed)
  const own = changed.filter(ownsTask)
  const { platformSumsDays, daysNeedUser } = adapted
  const days = await writeDays(session, { workflows: own, users, platformSumsDays, daysNeedUser })
  return {
    users: found,
    tables: adapted,
    foreign: { tasks: changed.length - own.length, days },
    gaps: newCostGaps(changed),
  }
}

function newCostGaps(workflows: readonly WorkflowChange[]): CostGap[] {
  return joinCostGaps(workflows.flatMap(({ before, after }) => (after ? costGapsIn(after.share, before?.share) : [])))
}

/** A trace that stays in the cache loses the texts of events, which are in the database now. */
function cacheTrace(traceCache: TraceCache, { trace, version, epoch, arrivals }: LockedTrace): void {
  if (!traceCache.put(trace.id, { trace, version, epoch })) return
  forgetContent(
    trace,
    arrivals.map(({ id }) => id),
  )
}

function outcomesInOrder(
  facts: readonly Facts[],
  traces: readonly LockedTrace[],
  changes: readonly TraceChanges[],
): ArrivalOutcome[] {
  const next = new Map(traces.map(({ trace }, i) => [trace.id, changes[i]!.outcomes[Symbol.iterator]()]))
  return facts.map((fact) => next.get(fact.trace)!.next().value!)
}
