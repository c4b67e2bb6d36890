import type { Facts } from '../../map/facts/facts.ts'
import { emptyTrace } from '../../settle/model/trace.ts'
import type { PriceLookup } from '../../settle/prices/prices.ts'
import type { IsRepriced } from '../../settle/rows/kept-price.ts'
import { rulesVersion } from '../../settle/rules-version.ts'
import type { Session } from '../../store/database.ts'
import { column, groupByTrace } from '../lists.ts'
import { statement } from '../statements.ts'
import type { LockedTrace } from './locked-trace.ts'
import { type ReadTrace, readMissing } from './read-missing.ts'
import { type TombstoneKey, type TraceWithTombstones, withoutForgotten } from './tombstones.ts'
import { keepStarts, type TraceWithRetention, withoutTooOld } from './too-old.ts'
import type { CachedTrace, TraceCache } from './trace-cache.ts'

interface TraceRow {
  readonly trace: string
  readonly epoch: string
  readonly version: number
  /** A copy of the trace with a smaller version is void. */
  readonly validFrom: number
  readonly rules: number
  /** A large move of rows of the trace is under way. */
  readonly moving: boolean
  readonly server: string
  readonly tombstoneKey: TombstoneKey | null
  readonly keptFrom: string | null
  readonly isPruned: boolean
}

/** A trace that is being locked. */
interface LockingTrace extends ReadTrace {
  readonly locked: TraceWithTombstones & TraceWithRetention
}

/** What a transaction locks traces for. */
export interface Arrived {
  readonly facts: readonly Facts[]
  /** Traces that have rows of the same calls. */
  readonly others: readonly string[]
  /** The version of the rules by which new traces are settled. */
  readonly rules?: number | undefined
  /** Which rows get the present price. Absent: none that is written already. */
  readonly isRepriced?: IsRepriced | undefined
}

/**
 * Locks the traces of the facts, and the other ones, until the commit, and reads what of them is not in the cache. What was
 * forgotten, and what began before the ledger's retention, is taken out of what arrived.
 */
export async function lockTraces(
  session: Session,
  traceCache: TraceCache,
  price: PriceLookup,
  { facts, others, rules = rulesVersion, isRepriced }: Arrived,
): Promise<LockedTrace[]> {
  const arrivals = groupByTrace(facts)
  const ids = [...new Set([...arrivals.keys(), ...others])]
  const nowNs = BigInt(Date.now()) * 1_000_000n
  const rows = await session.query<TraceRow>(statement('lock_traces'), [ids, laterMonths(ids, arrivals, nowNs), rules])
  const traces: LockingTrace[] = []
  for (const row of rows) traces.push(fromCache(traceCache, row, arrivals))
  await readMissing(session, { price, isRepriced }, traces)
  const kept = await withoutForgotten(session, column(traces, 'locked'))
  await keepStarts(session, kept)
  const locked = await beginAnew(session, await withoutTooOld(session, kept))
  await removeUnwritten(session, locked)
  return locked
}

/** For each trace, the month of the latest of its facts, as a date, where that is after now; else null. */
function laterMonths(
  traces: readonly string[],
  arrivals: ReadonlyMap<string, readonly Facts[]>,
  nowNs: bigint,
): (string | null)[] {
  const months: (string | null)[] = []
  for (const trace of traces) {
    let latestNs = nowNs
    for (const { endNs } of arrivals.get(trace) ?? []) if (endNs > latestNs) latestNs = endNs
    months.push(latestNs === nowNs ? null : `${new Date(Number(latestNs / 1_000_000n)).toISOString().slice(0, 7)}-01`)
  }
  return months
}

/** A trace of which nothing is remembered belongs to no month, whatever its row says: retention looks for traces by their entries. */
async function beginAnew(session: Session, traces: readonly LockedTrace[]): Promise<LockedTrace[]> {
  const stale = traces.filter(isEmptied)
  if (stale.length === 0) return [...traces]
  const rows = await session.query<{ trace: string; epoch: string }>(statement('begin_traces_anew'), [
    stale.map(({ trace }) => trace.id),
  ])
  const epochs = new Map(rows.map(({ trace, epoch }) => [trace, epoch]))
  return traces.map((locked) => ({ ...locked, epoch: epochs.get(locked.trace.id) ?? locked.epoch }))
}

function isEmptied({ trace, version }: LockedTrace): boolean {
  return version > 1 && trace.nodes.size === 0
}

/** Removes the rows with which this transaction has locked traces that are not there: nothing of them is to be written. */
async function removeUnwritten(session: Session, traces: readonly LockedTrace[]): Promise<void> {
  const unwritten = traces.filter(isUnwritten)
  if (unwritten.length > 0)
    await session.query(statement('delete_new_traces'), [unwritten.map(({ trace }) => trace.id)])
}

function isUnwritten({ version, arrivals }: LockedTrace): boolean {
  return version === 1 && arrivals.length === 0
}

function fromCache(traceCache: TraceCache, row: TraceRow, arrivals: ReadonlyMap<string, Facts[]>): LockingTrace {
  const { trace } = row
  const taken = traceCache.take(trace)
  const cached = taken !== undefined && isValid(taken, row) ? taken : undefined
  return {
    locked: { ...row, trace: cached?.trace ?? emptyTrace(trace), arrivals: arrivals.get(trace) ?? [] },
    readVersion: cached?.version ?? 0,
    moving: row.moving,
  }
}

/**
 * Whether a copy in memory is of the trace that was locked, at an earlier version. One that was written less often than the
 * copy is of tables that were dropped and made anew since, one of another epoch was removed or moved by retention. A server
 * that has taken the place of another one may lack its last commits, and count other writes by their versions.
 */
function isValid(copy: CachedTrace, { version, validFrom, epoch, server }: TraceRow): boolean {
  const isOfTrace = copy.epoch === epoch && copy.server === server
  return isOfTrace && copy.version < version && copy.version >= validFrom
}
