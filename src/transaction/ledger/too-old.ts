import type { Facts } from '../../map/facts/facts.ts'
import { hasTimes } from '../../settle/model/node-times.ts'
import type { Session } from '../../store/database.ts'
import { statement } from '../statements.ts'
import type { LockedTrace } from './locked-trace.ts'

/**
 * Takes facts that began before the ledger's retention out of what has arrived in locked traces of which nothing is
 * remembered: their traces may have been removed, with their part in the sums of days, so a duplicate could not be known.
 * Asks only where an arrival is of an earlier month than its new trace. This statement is later than the lock, so it sees
 * the retention by which a trace was removed that this transaction has waited for.
 */
export async function withoutTooOld(session: Session, traces: readonly LockedTrace[]): Promise<LockedTrace[]> {
  const suspects = new Set(traces.filter(mayBeTooOld))
  if (suspects.size === 0) return [...traces]
  const [row] = await session.query<{ before: string }>(statement('ledger_kept_from'))
  if (row === undefined) return [...traces]
  const before = BigInt(row.before)
  const isTooOld = (facts: Facts) => hasTimes(facts) && facts.startNs < before
  return traces.map((locked) => {
    if (!suspects.has(locked)) return locked
    const tooOld = locked.arrivals.filter(isTooOld)
    if (tooOld.length === 0) return locked
    return { ...locked, tooOld, arrivals: locked.arrivals.filter((facts) => !isTooOld(facts)) }
  })
}

/** The epoch of a new trace is this month by the database's clock, and retention never reaches into this month. */
function mayBeTooOld({ trace, version, epoch, arrivals }: LockedTrace): boolean {
  if (trace.nodes.size > 0 || arrivals.length === 0) return false
  if (version > 1) return true
  const epochNs = BigInt(Date.parse(epoch)) * 1_000_000n
  return arrivals.some(({ startNs }) => startNs < epochNs)
}
