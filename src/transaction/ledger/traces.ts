import type { Facts } from '../../map/facts/facts.ts'
import { applySharedCalls } from '../../settle/call-ids/shared-calls.ts'
import type { RowPrice } from '../../settle/model/rows.ts'
import { emptyTrace, type Trace } from '../../settle/model/trace.ts'
import type { PriceLookup } from '../../settle/prices/prices.ts'
import { forgetContent } from '../../settle/rows/event-stubs.ts'
import type { StoredCost } from '../../settle/rows/kept-price.ts'
import { type DerivedTrace, derive, writeDerived } from '../../settle/settle.ts'
import { applyStoredCosts, usageIds } from '../../settle/workflow/stored-costs.ts'
import type { Session } from '../../store/database.ts'
import { groupBy } from '../group-by.ts'
import { statement } from '../statements.ts'
import { readSharedCalls } from './call-ids.ts'
import { factsFromText } from './facts-codec.ts'
import type { LockedTrace } from './locked-trace.ts'
import { type TombstoneKey, type TraceWithTombstones, withoutForgotten } from './tombstones.ts'
import type { TraceCache } from './trace-cache.ts'

interface TraceRow {
  readonly trace: string
  readonly epoch: string
  readonly version: number
  /** A copy of the trace with a smaller version is void. */
  readonly validFrom: number
  readonly tombstoneKey: TombstoneKey | null
}

/** A locked trace, and the version up to which it has been read. */
interface ReadTrace {
  readonly locked: TraceWithTombstones
  readonly readVersion: number
}

/** What a transaction locks traces for. */
export interface Arrived {
  readonly facts: readonly Facts[]
  /** Traces that have rows of the same calls. */
  readonly others: readonly string[]
}

/** Locks the traces of the facts, and the other ones, until the commit, and reads what of them is not in the cache. */
export async function lockTraces(
  session: Session,
  traceCache: TraceCache,
  price: PriceLookup,
  { facts, others }: Arrived,
): Promise<LockedTrace[]> {
  const arrivals = groupBy(facts, ({ trace }) => trace)
  const rows = await session.query<TraceRow>(statement('lock_traces'), [[...new Set([...arrivals.keys(), ...others])]])
  const traces = rows.map((row) => fromCache(traceCache, row, arrivals))
  await readMissing(session, price, traces)
  return withoutForgotten(
    session,
    traces.map(({ locked }) => locked),
  )
}

function fromCache(traceCache: TraceCache, row: TraceRow, arrivals: ReadonlyMap<string, Facts[]>): ReadTrace {
  const { trace, version, validFrom } = row
  const taken = traceCache.take(trace)
  // a trace that was written less often than the one in memory is of tables that were dropped and made anew since
  const cached = taken !== undefined && taken.version < version && taken.version >= validFrom ? taken : undefined
  return {
    locked: { ...row, trace: cached?.trace ?? emptyTrace(trace), arrivals: arrivals.get(trace) ?? [] },
    readVersion: cached?.version ?? 0,
  }
}

/**
 * Reads the facts that other transactions have written to these traces, and settles them as those have: the changes of
 * rows that follow are committed already, so they are dropped.
 */
async function readMissing(session: Session, price: PriceLookup, traces: readonly ReadTrace[]): Promise<void> {
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
  await writeAsCommitted(session, price, derived)
  for (const { trace, remembered } of derived)
    forgetContent(
      trace,
      remembered.map(({ id }) => id),
    )
  await restoreCosts(
    session,
    behind.map(({ locked }) => locked.trace),
  )
}

/** Settles traces that were read as they were settled when they were written: with what they share with other traces. */
export async function writeAsCommitted(
  session: Session,
  price: PriceLookup,
  derived: readonly DerivedTrace[],
): Promise<void> {
  const shared = await readSharedCalls(
    session,
    derived.map(({ trace }) => trace),
  )
  for (const one of derived) {
    applySharedCalls([one], shared.get(one.trace) ?? [])
    writeDerived(one, price)
  }
}

type CostRow = RowPrice & { readonly id: string; readonly cost: string; readonly unpriced: boolean | null }

/** Replaces the costs that were just computed by those of the rows: prices may have changed since (law 4). */
async function restoreCosts(session: Session, traces: readonly Trace[]): Promise<void> {
  const ids = traces.flatMap(usageIds)
  if (ids.length === 0) return
  const rows = await session.query<CostRow>(statement('usage_costs'), [ids])
  const costs = new Map(
    rows.map(({ id, cost, unpriced, ...price }): [string, StoredCost] => [
      id,
      { costNano: BigInt(cost), unpriced, price },
    ]),
  )
  for (const trace of traces) applyStoredCosts(trace, costs)
}
