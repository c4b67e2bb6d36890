import type { PriceLookup } from '../settle/prices/prices.ts'
import type { IsRepriced } from '../settle/rows/kept-price.ts'
import type { CostGap } from '../settle/share/cost-gaps.ts'
import type { Database } from '../store/database.ts'
import type { TraceCache } from './ledger/trace-cache.ts'
import type { Arrived } from './ledger/traces.ts'
import type { PartOfRuns } from './resettle/part-of-run.ts'
import type { CountedRuns } from './resettle/run-changes.ts'
import type { AdaptedTables, ToJson } from './tables/adapt-columns.ts'
import type { PrunedBefore } from './tables/missing-rows.ts'
import type { UserCache } from './tables/users.ts'
import type { TouchedUsage } from './touched-usage.ts'
import type { ForeignRows } from './write-all.ts'

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

/** A try, with what it works with. */
export interface Trying {
  readonly options: WriterOptions
  readonly cache: WriterCache
  readonly attempt: Attempt
}
