import type { Facts } from '../../map/facts/facts.ts'
import { emptyTrace, type Trace } from '../../settle/model/trace.ts'
import type { PriceLookup } from '../../settle/prices/prices.ts'
import { forgetContent } from '../../settle/rows/event-stubs.ts'
import { settle } from '../../settle/settle.ts'
import { applyStoredCosts, usageIds } from '../../settle/workflow/stored-costs.ts'
import type { Session } from '../../store/database.ts'
import { groupBy } from '../group-by.ts'
import { statement } from '../statements.ts'
import { factsFromText } from './facts-codec.ts'
import type { TraceCache } from './trace-cache.ts'

/** A trace that this transaction has locked, as it is now, and what arrived for it. */
export interface LockedTrace {
  readonly key: string
  readonly trace: Trace
  readonly version: number
  readonly epoch: string
  readonly arrivals: readonly Facts[]
}

interface Lock {
  readonly tenant: string
  readonly trace: string
  readonly epoch: string
  readonly version: number
}

/** Locks the traces of the facts and brings each to what the database knows of it. */
export async function lockTraces(
  session: Session,
  traceCache: TraceCache,
  price: PriceLookup,
  facts: readonly Facts[],
): Promise<LockedTrace[]> {
  const arrivals = groupBy(facts, traceKey)
  const firsts = [...arrivals.values()].map(([first]) => first!)
  const locks = await session.query<Lock>(statement('lock_traces'), [
    firsts.map(({ tenant }) => tenant),
    firsts.map(({ trace }) => trace),
  ])
  const known = locks.map((lock) => recollect(traceCache, lock, arrivals))
  await readOn(session, price, known)
  return known.map(({ locked }) => locked)
}

export function traceKey({ tenant, trace }: { tenant: string; trace: string }): string {
  return `${tenant} ${trace}`
}

/** `after`: the version up to which the trace in memory is the database's. */
interface Known {
  readonly locked: LockedTrace
  readonly after: number
}

function recollect(traceCache: TraceCache, lock: Lock, arrivals: ReadonlyMap<string, Facts[]>): Known {
  const { tenant, trace, version, epoch } = lock
  const key = traceKey(lock)
  const remembered = traceCache.take(key)
  return {
    locked: {
      key,
      trace: remembered?.trace ?? emptyTrace(tenant, trace),
      version,
      epoch,
      arrivals: arrivals.get(key)!,
    },
    after: remembered?.version ?? 0,
  }
}

/** Reads what others have written since, and lets it settle as it did for them: nothing of it is to be written again. */
async function readOn(session: Session, price: PriceLookup, known: readonly Known[]): Promise<void> {
  const behind = known.filter(({ locked, after }) => after < locked.version - 1)
  if (behind.length === 0) return
  const rows = await session.query<{ tenant: string; trace: string; facts: string }>(statement('recall'), [
    behind.map(({ locked }) => locked.trace.tenant),
    behind.map(({ locked }) => locked.epoch),
    behind.map(({ locked }) => locked.trace.id),
    behind.map(({ after }) => after),
  ])
  const missed = groupBy(
    rows.flatMap(({ tenant, trace, facts }) => factsFromText(tenant, trace, facts)),
    traceKey,
  )
  for (const { locked } of behind) {
    const facts = missed.get(locked.key) ?? []
    settle(locked.trace, facts, price)
    forgetContent(
      locked.trace,
      facts.map(({ id }) => id),
    )
  }
  await restoreCosts(
    session,
    behind.map(({ locked }) => locked.trace),
  )
}

async function restoreCosts(session: Session, traces: readonly Trace[]): Promise<void> {
  const ids = traces.flatMap(usageIds)
  if (ids.length === 0) return
  const rows = await session.query<{ id: string; cost: string }>(statement('costs_of'), [ids])
  const costs = new Map(rows.map(({ id, cost }) => [id, BigInt(cost)]))
  for (const trace of traces) applyStoredCosts(trace, costs)
}
