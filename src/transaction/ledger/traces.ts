import type { Facts } from '../../map/facts/facts.ts'
import { applySharedCalls } from '../../settle/call-ids/shared-calls.ts'
import { type DerivedTrace, derive } from '../../settle/derive.ts'
import type { RowPrice } from '../../settle/model/rows.ts'
import { emptyTrace } from '../../settle/model/trace.ts'
import type { PriceLookup } from '../../settle/prices/prices.ts'
import { forgetContent } from '../../settle/rows/event-stubs.ts'
import { type IsRepriced, noneRepriced, type StoredCost } from '../../settle/rows/kept-price.ts'
import { rulesVersion } from '../../settle/rules-version.ts'
import { type TraceChanges, writeDerived } from '../../settle/settle.ts'
import { setMoves } from '../../settle/tree/large-moves.ts'
import { applyStoredCosts } from '../../settle/workflow/stored-costs.ts'
import type { Session } from '../../store/database.ts'
import { groupBy } from '../group-by.ts'
import { statement } from '../statements.ts'
import { readSharedCalls } from './call-ids.ts'
import { factsFromText } from './facts-codec.ts'
import type { LockedTrace } from './locked-trace.ts'
import { readMoves } from './moves.ts'
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

/** A locked trace, and the version up to which it has been read. */
interface ReadTrace {
  readonly locked: TraceWithTombstones & TraceWithRetention
  readonly readVersion: number
  readonly moving: boolean
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
  const arrivals = groupBy(facts, ({ trace }) => trace)
  const ids = [...new Set([...arrivals.keys(), ...others])]
  const nowNs = BigInt(Date.now()) * 1_000_000n
  const rows = await session.query<TraceRow>(statement('lock_traces'), [
    ids,
    ids.map((id) => laterMonth(arrivals.get(id) ?? [], nowNs)),
    rules,
  ])
  const traces = rows.map((row) => fromCache(traceCache, row, arrivals))
  await readMissing(session, { price, isRepriced }, traces)
  const kept = await withoutForgotten(
    session,
    traces.map(({ locked }) => locked),
  )
  await keepStarts(session, kept)
  const locked = await beginAnew(session, await withoutTooOld(session, kept))
  await removeUnwritten(session, locked)
  return locked
}

/** The month of the latest of these facts, as a date, where that is after now; else null. */
function laterMonth(facts: readonly Facts[], nowNs: bigint): string | null {
  let latestNs = nowNs
  for (const { endNs } of facts) if (endNs > latestNs) latestNs = endNs
  return latestNs === nowNs ? null : `${new Date(Number(latestNs / 1_000_000n)).toISOString().slice(0, 7)}-01`
}

/** A trace of which nothing is remembered belongs to no month, whatever its row says: retention looks for traces by their entries. */
async function beginAnew(session: Session, traces: readonly LockedTrace[]): Promise<LockedTrace[]> {
  const stale = traces.filter(({ trace, version }) => version > 1 && trace.nodes.size === 0)
  if (stale.length === 0) return [...traces]
  const rows = await session.query<{ trace: string; epoch: string }>(statement('begin_traces_anew'), [
    stale.map(({ trace }) => trace.id),
  ])
  const epochs = new Map(rows.map(({ trace, epoch }) => [trace, epoch]))
  return traces.map((locked) => ({ ...locked, epoch: epochs.get(locked.trace.id) ?? locked.epoch }))
}

/** Removes the rows with which this transaction has locked traces that are not there: nothing of them is to be written. */
async function removeUnwritten(session: Session, traces: readonly LockedTrace[]): Promise<void> {
  const unwritten = traces.filter(({ version, arrivals }) => version === 1 && arrivals.length === 0)
  if (unwritten.length > 0)
    await session.query(statement('delete_new_traces'), [unwritten.map(({ trace }) => trace.id)])
}

function fromCache(traceCache: TraceCache, row: TraceRow, arrivals: ReadonlyMap<string, Facts[]>): ReadTrace {
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

/**
 * Reads the facts that other transactions have written to these traces, and settles them as those have: the changes of
 * rows that follow are committed already, so they are dropped.
 */
async function readMissing(
  session: Session,
  { price, isRepriced = noneRepriced }: Pick<Arrived, 'isRepriced'> & { readonly price: PriceLookup },
  traces: readonly ReadTrace[],
): Promise<void> {
  const behind = traces.filter(({ locked, readVersion }) => readVersion < locked.version - 1)
  if (behind.length === 0) return
  const entries = await session.query<{ trace: string; facts: string }>(statement('ledger_after'), [
    behind.map(({ locked }) => locked.epoch),
    behind.map(({ locked }) => locked.trace.id),
    behind.map(({ readVersion }) => readVersion),
  ])
  const missing = groupBy(
    entries.flatMap(({ trace, facts }) => factsFromText(trace, facts)),
    ({ trace }) => trace,
  )
  const derived = behind.map(({ locked: { trace } }) => derive(trace, missing.get(trace.id) ?? []))
  await applyMoves(session, behind, derived)
  const changes = await writeAsCommitted(session, price, derived)
  for (const { trace, remembered } of derived)
    forgetContent(
      trace,
      remembered.map(({ id }) => id),
    )
  await restoreCosts(session, derived, changes, isRepriced)
}

/** Leaves nodes in the workflow that they had before, where their rows have not moved so far. */
async function applyMoves(
  session: Session,
  behind: readonly ReadTrace[],
  derived: readonly DerivedTrace[],
): Promise<void> {
  const moving = behind.filter(({ moving: isMoving, locked }) => isMoving || locked.trace.moving.size > 0)
  const moves = await readMoves(
    session,
    moving.map(({ locked }) => locked.trace.id),
  )
  for (const { trace, dirty } of derived) {
    const own = moves.get(trace.id)
    if (own !== undefined) setMoves(trace, own, trace.isRun ? dirty : new Set())
  }
}

/** Settles traces that were read as they were settled when they were written: with what they share with other traces. */
export async function writeAsCommitted(
  session: Session,
  price: PriceLookup,
  derived: readonly DerivedTrace[],
): Promise<TraceChanges[]> {
  const shared = await readSharedCalls(
    session,
    derived.map(({ trace }) => trace),
  )
  return derived.map((one) => {
    applySharedCalls([one], shared.get(one.trace) ?? [])
    return writeDerived(one, price)
  })
}

type CostRow = RowPrice & { readonly id: string; readonly cost: string; readonly unpriced: boolean | null }

/** Replaces the costs that were just computed by those of the rows: prices may have changed since (law 4). */
async function restoreCosts(
  session: Session,
  derived: readonly DerivedTrace[],
  changes: readonly TraceChanges[],
  isRepriced: IsRepriced,
): Promise<void> {
  const priced = changes.map(({ rows }) => rows.usage.added.filter((row) => !isRepriced(row)))
  const ids = priced.flatMap((rows) => rows.map(({ id }) => id))
  if (ids.length === 0) return
  const rows = await session.query<CostRow>(statement('usage_costs'), [ids])
  const costs = new Map(
    rows.map(({ id, cost, unpriced, ...price }): [string, StoredCost] => [
      id,
      { costNano: BigInt(cost), unpriced, price },
    ]),
  )
  derived.forEach(({ trace }, i) => {
    applyStoredCosts(
      trace,
      priced[i]!.map(({ place }) => trace.nodes.get(place.node)!),
      costs,
    )
  })
}
