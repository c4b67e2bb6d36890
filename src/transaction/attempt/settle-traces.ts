import type { MentionedId } from '../../settle/call-ids/shared-calls.ts'
import { type DerivedTrace, derive, deriveMoved } from '../../settle/derive.ts'
import type { PriceLookup } from '../../settle/prices/prices.ts'
import { type TraceChanges, writeDerived } from '../../settle/settle.ts'
import type { Session } from '../../store/database.ts'
import { updateSharedCalls, writeSharedCalls } from '../ledger/call-ids/call-ids.ts'
import { extendIdleLimit } from '../ledger/idle-limit.ts'
import type { LockedTrace } from '../ledger/locked-trace.ts'
import { mostMovedRows } from '../ledger/moves.ts'

/** What traces are settled with. */
export interface SettleOptions {
  readonly price: PriceLookup
  /** The most rows of a trace that move to another workflow at once. */
  readonly mostMovedRows?: number | undefined
  /** Called between parts of a batch. */
  readonly pause?: (() => Promise<unknown>) | undefined
}

/** So many facts are settled between two pauses, which takes 1 to 3 ms. A trace is settled whole. */
const factsBetweenPauses = 64

/**
 * Settles locked traces, and decides which of them has the row of a call that several mention: `shared` are the ids of these.
 * Returns the changes of each. Throws `MissingTraces` where other traces must be locked too.
 */
export async function settleTraces(
  session: Session,
  options: SettleOptions,
  traces: readonly LockedTrace[],
  shared: readonly MentionedId[],
): Promise<TraceChanges[]> {
  const derived = await deriveAll(session, options, traces)
  const calls = updateSharedCalls(traces, derived, shared)
  await writeSharedCalls(session, calls, derived)
  const changes: TraceChanges[] = []
  await inParts(options, traces, (_, index) => changes.push(writeDerived(derived[index]!, options.price)))
  return changes
}

async function deriveAll(
  session: Session,
  options: SettleOptions,
  traces: readonly LockedTrace[],
): Promise<readonly DerivedTrace[]> {
  let nodes = 0
  for (const { trace, arrivals } of traces) nodes += trace.nodes.size + arrivals.length
  await extendIdleLimit(session, nodes)
  const derived: DerivedTrace[] = []
  await inParts(options, traces, ({ trace, arrivals, part }) => {
    derived.push(
      part === undefined
        ? derive(trace, arrivals, options.mostMovedRows ?? mostMovedRows)
        : deriveMoved(trace, part.nodes),
    )
  })
  return derived
}

async function inParts(
  { pause }: SettleOptions,
  traces: readonly LockedTrace[],
  settleOne: (locked: LockedTrace, index: number) => void,
): Promise<void> {
  let facts = 0
  for (const [index, locked] of traces.entries()) {
    settleOne(locked, index)
    facts += locked.arrivals.length
    if (pause === undefined || facts < factsBetweenPauses) continue
    facts = 0
    await pause()
  }
}
