import type { Node } from '../model/node.ts'
import type { NodeRows, RowChanges } from '../model/rows.ts'
import type { Trace } from '../model/trace.ts'
import type { PriceLookup } from '../prices/prices.ts'
import { diffRows } from './diff-rows.ts'
import { rowsOfNode } from './node-rows.ts'

/** What the rows of a node are derived with. */
export interface RowUpdate {
  readonly price: PriceLookup
  /** A better version has replaced the facts of the node: its written events are other ones. */
  readonly isReplaced: boolean
  /** Collects the differences between the last rows and the new ones. */
  readonly changes: RowChanges
}

/** Derives the rows of a node again, collects the differences, and keeps the new rows on the node. */
export function updateRows(trace: Trace, node: Node, { price, isReplaced, changes }: RowUpdate): NodeRows {
  const rows = rowsOfNode(trace, node, price)
  diffRows(node.rows, rows, isReplaced, changes)
  node.rows = rows
  return rows
}

/** Removes all rows of a node. */
export function withdrawRows(node: Node, changes: RowChanges): void {
  diffRows(node.rows, null, false, changes)
  node.rows = null
}

/** Sets the cost of a node's token_usage row to what the stored row says. Returns the node's rows, or null where nothing differs. */
export function setStoredCost(node: Node, storedCosts: ReadonlyMap<string, bigint>): NodeRows | null {
  const usage = node.rows?.usage
  if (node.rows === null || usage == null) return null
  const costNano = storedCosts.get(usage.id)
  if (costNano === undefined || costNano === usage.costNano) return null
  node.rows = { ...node.rows, usage: { ...usage, costNano, unpriced: usage.unpriced && costNano === 0n } }
  return node.rows
}
