import { taskId } from '../../src/settle/model/ids.ts'
import { emptyTrace } from '../../src/settle/model/trace.ts'
import { settle } from '../../src/settle/settle.ts'
import { noShare, type Share } from '../../src/settle/share/share.ts'
import { taskRow } from '../../src/settle/workflow/task-row.ts'
import type { WorkflowChange, WorkflowState } from '../../src/transaction/workflows/workflow-change.ts'
import { callFacts } from '../support/facts.ts'
import { fixedPrice } from '../support/prices.ts'

/** The share of a trace of model calls in the workflow: `wf-1` unless the attributes say otherwise. */
export function shareOf(calls: number, attributes: Readonly<Record<string, string>> = {}): Share {
  const traceId = callFacts(0).trace
  const facts = Array.from({ length: calls }, (_, i) =>
    callFacts(i, { workflow_id: 'wf-1', ...attributes }, { traceId }),
  )
  return settle(emptyTrace(traceId), facts, fixedPrice(1_000_000)).shares[0]?.after ?? noShare
}

/** The state that a share gives to a workflow; null for an empty share. */
export function stateOf(workflow: string, share: Share): WorkflowState | null {
  return share.nodes === 0 ? null : { share, row: taskRow(workflow, share) }
}

/** A workflow that had the share `before`, and has `after`. */
export function changeOf(workflow: string, before: Share = noShare, after: Share = noShare): WorkflowChange {
  return {
    workflow,
    task: taskId(workflow),
    ownTask: taskId(workflow),
    before: stateOf(workflow, before),
    after: stateOf(workflow, after),
    folded: after,
    onlyTrace: null,
    seq: 0n,
    lastCall: null,
  }
}
