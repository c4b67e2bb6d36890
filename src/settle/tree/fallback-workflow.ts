import type { Facts } from '../../map/facts/facts.ts'
import type { Node } from '../model/node.ts'
import type { Trace } from '../model/trace.ts'

/**
 * Chooses the workflow of the nodes that have none of their own and none from an ancestor: the workflow id of the
 * earliest node that has one, else the trace id (docs/design.md §3.1). Returns whether the choice changed.
 */
export function chooseFallbackWorkflow(trace: Trace, arrived: readonly Node[]): boolean {
  for (const { facts } of arrived) {
    if (facts.workflowId !== null && isEarlier(facts, trace.earliestWithWorkflow)) trace.earliestWithWorkflow = facts
  }
  const fallback = trace.earliestWithWorkflow?.workflowId ?? trace.id
  if (fallback === trace.fallbackWorkflow) return false
  trace.fallbackWorkflow = fallback
  return true
}

/** Of two that start at one moment, the one with the smaller id is the earlier. */
function isEarlier(facts: Facts, than: Facts | null): boolean {
  if (than === null) return true
  return facts.startNs === than.startNs ? facts.id < than.id : facts.startNs < than.startNs
}
