import type { OpenShare, Trace } from '../model/trace.ts'
import { closeShares, contribute } from './contribute.ts'

/**
 * Sets the costs of a trace that was read again to what its rows say, by row id: a price list may have changed since
 * they were written, and a task's total is the sum of its rows (law 4). Whatever changes a row prices it anew.
 */
export function applyStoredCosts(trace: Trace, costs: ReadonlyMap<string, bigint>): void {
  const changed = new Set<OpenShare>()
  for (const node of trace.nodes.values()) {
    if (node.rows?.usage == null) continue
    const { usage } = node.rows
    const costNano = costs.get(usage.id)
    if (costNano === undefined || costNano === usage.costNano) continue
    node.rows = { ...node.rows, usage: { ...usage, costNano, unpriced: usage.unpriced && costNano === 0n } }
    contribute(trace, node, node.rows, changed)
  }
  closeShares(trace, changed)
}

/** The ids of the token_usage rows of a trace. */
export function usageIds(trace: Trace): string[] {
  return [...trace.nodes.values()].flatMap(({ rows }) => (rows?.usage ? [rows.usage.id] : []))
}
