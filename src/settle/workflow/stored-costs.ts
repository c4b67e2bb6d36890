import type { Node } from '../model/node.ts'
import type { OpenShare } from '../model/open-share.ts'
import type { Trace } from '../model/trace.ts'
import type { StoredCost } from '../rows/kept-price.ts'
import { setStoredCost } from '../rows/update-rows.ts'
import { closeShares, contribute } from './contribute.ts'

/**
 * Sets the costs of nodes that were read from the ledger to those of their stored rows, given by row id. The price list
 * may have changed since the rows were written, and a task's total is the sum of its rows (law 4). Rows that change
 * in more than their price are priced anew.
 */
export function applyStoredCosts(trace: Trace, nodes: Iterable<Node>, costs: ReadonlyMap<string, StoredCost>): void {
  const changed = new Set<OpenShare>()
  for (const node of nodes) {
    const rows = setStoredCost(node, costs)
    if (rows !== null) contribute(trace, node, rows, changed)
  }
  closeShares(trace, changed)
}
