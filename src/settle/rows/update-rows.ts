import type { Node } from '../model/node.ts'
import { touchNode } from '../model/packed/packed-nodes.ts'
import type { NodeRows, RowChanges } from '../model/rows.ts'
import type { Trace } from '../model/trace.ts'
import type { PriceLookup } from '../prices/prices.ts'
import { diffRows } from './diff-rows.ts'
import { keptPrice, type StoredCost } from './kept-price.ts'
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
  touchNode(trace.packing, node)
  const rows = withKeptPrice(node.rows, rowsOfNode(trace, node, price))
  diffRows(node.rows, rows, isReplaced, changes)
  node.rows = rows
  return rows
}

/** Removes all rows of a node. */
export function withdrawRows(node: Node, changes: RowChanges): void {
  diffRows(node.rows, null, false, changes)
  node.rows = null
}

/** Keeps the price that a row was written with, where only the price of the day differs. */
function withKeptPrice(before: NodeRows | null, after: NodeRows): NodeRows {
  const usage = keptPrice(before?.usage ?? null, after.usage)
  return usage === after.usage ? after : { ...after, usage }
}

/** Sets the cost of a node's token_usage row to what the stored row says. Returns the node's rows, or null where nothing differs. */
export function setStoredCost(node: Node, storedCosts: ReadonlyMap<string, StoredCost>): NodeRows | null {
  const usage = node.rows?.usage
  if (node.rows === null || usage == null) return null
  const stored = storedCosts.get(usage.id)
  if (stored === undefined) return null
  const { costNano, price } = stored
  const unpriced = stored.unpriced ?? (usage.unpriced && costNano === 0n)
  const isSame = costNano === usage.costNano && unpriced === usage.unpriced
  node.rows = { ...node.rows, usage: { ...usage, costNano, unpriced, price } }
  return isSame ? null : node.rows
}
