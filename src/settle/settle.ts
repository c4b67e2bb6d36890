import type { Facts } from '../map/facts/facts.ts'
import { isRepetition } from './call-ids/repetition.ts'
import { type DerivedTrace, derive } from './derive.ts'
import { resetNode } from './model/new-node.ts'
import type { Node } from './model/node.ts'
import type { OpenShare } from './model/open-share.ts'
import { noRowChanges, type RowChanges } from './model/rows.ts'
import { clearIndexes, type Trace } from './model/trace.ts'
import type { PriceLookup } from './prices/prices.ts'
import { orderEvents } from './rows/order-events.ts'
import { updateRows, withdrawRows } from './rows/update-rows.ts'
import type { ArrivalOutcome } from './tree/merge-versions.ts'
import { closeShares, contribute, type ShareChange, withdrawContribution } from './workflow/contribute.ts'

/** What one batch changes in one trace. */
export interface TraceChanges {
  /** One outcome for each arrival, in the order of the arrivals. */
  readonly outcomes: readonly ArrivalOutcome[]
  /** The facts that the ledger must remember: new ones, and better versions of known ids. */
  readonly remembered: readonly Facts[]
  readonly rows: RowChanges
  readonly shares: readonly ShareChange[]
  /** The nodes whose rows this batch should move and has not, because they are too many; in the order of time. */
  readonly delayed: readonly Node[]
}

/**
 * Takes arrived facts into a trace and returns what that changes. The result is a function of all facts that the trace
 * has ever taken in, whatever their order and batches (law 2). `settle` changes `trace`; if the changes are not
 * committed, the trace must be thrown away.
 */
export function settle(trace: Trace, arrivals: readonly Facts[], price: PriceLookup): TraceChanges {
  return writeDerived(derive(trace, arrivals), price)
}

/** Writes the rows and shares of a derived trace, as the second half of `settle`. */
export function writeDerived(derived: DerivedTrace, price: PriceLookup): TraceChanges {
  const { trace, outcomes, remembered } = derived
  const rows = noRowChanges()
  const outcomeOfNew = trace.isRun ? 'committed' : 'unrelated'
  const decided: ArrivalOutcome[] = []
  for (const outcome of outcomes) decided.push(outcome ?? outcomeOfNew)
  return {
    outcomes: decided,
    remembered,
    rows,
    shares: sharesOf(derived, price, rows),
    delayed: derived.delayed,
  }
}

function sharesOf(
  { trace, dirty, replaced, isWithdrawn, forgotten = [] }: DerivedTrace,
  price: PriceLookup,
  rows: RowChanges,
): ShareChange[] {
  const changed = new Set<OpenShare>()
  withdrawNodes(trace, forgotten, rows, changed)
  if (isWithdrawn) withdraw(trace, rows, changed)
  else {
    const wasRepetition = trace.isRepetition
    trace.isRepetition = isRepetition(trace)
    const written = wasRepetition ? new Set(trace.nodes.values()) : dirty
    if (!trace.isRepetition) write(trace, written, { replaced, price, rows, changed })
    else if (!wasRepetition) withdrawNodes(trace, trace.nodes.values(), rows, changed)
  }
  return closeShares(trace, changed)
}

/** Withdraws all rows and shares of a trace that is no run any more. If it becomes one again, all is derived anew. */
function withdraw(trace: Trace, changes: RowChanges, changed: Set<OpenShare>): void {
  withdrawNodes(trace, trace.nodes.values(), changes, changed)
  for (const node of trace.nodes.values()) resetNode(node)
  clearIndexes(trace)
  trace.isRepetition = false
}

function withdrawNodes(trace: Trace, nodes: Iterable<Node>, changes: RowChanges, changed: Set<OpenShare>): void {
  for (const node of nodes) {
    withdrawRows(node, changes)
    withdrawContribution(trace, node, changed)
  }
}

interface Writing {
  readonly replaced: ReadonlySet<Node>
  readonly price: PriceLookup
  readonly rows: RowChanges
  /** Collects the shares that differ now. */
  readonly changed: Set<OpenShare>
}

function write(trace: Trace, dirty: ReadonlySet<Node>, writing: Writing): void {
  const { replaced, price, rows: changes, changed } = writing
  for (const node of dirty) {
    const rows = updateRows(trace, node, { price, isReplaced: replaced.has(node), changes })
    contribute(trace, node, rows, changed)
  }
  orderEvents(trace, changes.events)
}
