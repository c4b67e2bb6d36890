import type { Facts } from '../../map/facts/facts.ts'
import { hasTimes } from '../../settle/model/time/node-times.ts'
import type { Session } from '../../store/database.ts'
import { statement } from '../statements.ts'
import type { LockedTrace } from './locked-trace.ts'

/** A locked trace, with what its row says of retention. */
export interface TraceWithRetention extends LockedTrace {
  /** The time from which the ledger was kept when the trace began to arrive, in nanoseconds since 1970; null: for ever. */
  readonly keptFrom: string | null
  /** Whether retention has ever removed traces. */
  readonly isPruned: boolean
}

/**
 * Takes facts out of what has arrived in locked traces that are new to them and began before the ledger's retention when
 * the trace began to arrive: they may be duplicates of a trace that was removed, with its part in the sums of days. Asks
 * only where an arrival is of an earlier month than its new trace. This statement is later than the lock, so it sees the
 * retention by which a trace was removed that this transaction has waited for.
 */
export async function withoutTooOld(session: Session, traces: readonly TraceWithRetention[]): Promise<LockedTrace[]> {
  const now = traces.some(mayBeTooOld) ? await readKeptFrom(session) : 0n
  const kept: LockedTrace[] = []
  for (const locked of traces) {
    const before = mayBeTooOld(locked) ? now : BigInt(locked.keptFrom ?? 0)
    kept.push(before === 0n ? locked : withoutBefore(locked, before))
  }
  return kept
}

function withoutBefore(locked: LockedTrace, before: bigint): LockedTrace {
  const { trace, arrivals } = locked
  const isTooOld = (facts: Facts) => facts.startNs < before && hasTimes(facts) && !trace.nodes.has(facts.id)
  const tooOld = arrivals.filter(isTooOld)
  if (tooOld.length === 0) return locked
  return { ...locked, tooOld, arrivals: arrivals.filter((facts) => !isTooOld(facts)) }
}

/** The epoch of a new trace is this month by the database's clock, and retention never reaches into this month. */
function mayBeTooOld({ trace, version, epoch, arrivals }: LockedTrace): boolean {
  if (trace.nodes.size > 0 || arrivals.length === 0) return false
  if (version > 1) return true
  const epochNs = BigInt(Date.parse(epoch)) * 1_000_000n
  return arrivals.some(({ startNs }) => startNs < epochNs)
}

/** Keeps the time from which the ledger is kept with new traces, where it is not kept for ever. */
export async function keepStarts(session: Session, traces: readonly TraceWithRetention[]): Promise<void> {
  const fresh = traces.filter(isKeptFromNow)
  if (fresh.length > 0) await session.query(statement('keep_trace_starts'), [fresh.map(({ trace }) => trace.id)])
}

function isKeptFromNow({ version, isPruned }: TraceWithRetention): boolean {
  return version === 1 && isPruned
}

/** Returns 0 where the ledger is kept for ever. */
async function readKeptFrom(session: Session): Promise<bigint> {
  const [row] = await session.query<{ before: string }>(statement('ledger_kept_from'))
  return BigInt(row?.before ?? 0)
}
