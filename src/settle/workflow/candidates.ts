import { type Node, waitsForParent } from '../model/node.ts'
import { orderedStart, timesOf } from '../model/time/node-times.ts'
import { isEntry, type Trace, workflowOf } from '../model/trace.ts'
import type { ShareField } from '../share/fields.ts'
import type { Candidate } from '../share/share.ts'
import { candidateKey, type KeyParts, kindRank, nodeKey } from '../share/sort-keys.ts'
import { earliestFirst } from '../share/times.ts'

const rankedFields = ['query', 'result', 'user', 'session'] as const
const plainFields = ['mode', 'complexity', 'tenantId', 'workflowName'] as const

/** The candidates of a node so far, and what their sort keys are made of. */
interface Offered {
  readonly candidates: Candidate[]
  readonly parts: KeyParts
}

/** Adds a value for a field, with the rank of its source where the field's values are ranked. */
function offer({ candidates, parts }: Offered, field: ShareField, value: string, rank?: number): void {
  candidates.push({ field, key: candidateKey(field, parts, rank), value, node: parts.node })
}

/** The values that a node has for the fields of its task, each with its sort key. */
export function candidatesOf(trace: Trace, node: Node): Candidate[] {
  const { facts } = node
  const { statements, source, outcome, error, service } = facts
  const isEntryNode = isEntry(trace, node)
  // an entry whose parent is still to come is no better than other nodes
  const isSettledEntry = isEntryNode && (!waitsForParent(node) || facts.remoteParent)
  const parts: KeyParts = {
    start: earliestFirst(orderedStart(node)),
    endNs: timesOf(node).endNs,
    entry: isSettledEntry ? 0 : 1,
    kind: kindRank(facts.kind),
    node: nodeKey(facts.id, trace.id),
  }
  const candidates: Candidate[] = []
  const offered: Offered = { candidates, parts }
  // a close says nothing of when the run was
  if (facts.close !== undefined) {
    offer(offered, 'close', JSON.stringify(facts.close))
    return candidates
  }
  offer(offered, source === 'span' ? 'start' : 'recordStart', String(timesOf(node).startNs))
  if (error !== null && outcome === 'error') offer(offered, 'error', error)
  if (isEntryNode && service !== '') offer(offered, 'service', service)
  for (const field of rankedFields) {
    const stated = statements[field]
    if (stated) offer(offered, field, stated.value, stated.rank)
  }
  for (const field of plainFields) {
    const stated = statements[field]
    if (stated !== undefined) offer(offered, field, String(stated))
  }
  if (trace.hasDurableRun) offerDurable(trace, node, offered)
  return candidates
}

/** Offers what a part of a durable run says about the times of its workflow, and whose child the workflow is. */
function offerDurable(trace: Trace, node: Node, offered: Offered): void {
  const { run, statements, events, startNs, endNs, outcome, error, workflowId } = node.facts
  const parentWorkflow = statements.parentWorkflow ?? parentWorkflowOf(trace, node)
  if (parentWorkflow !== null) offer(offered, 'parentWorkflow', parentWorkflow)
  if (run === null) {
    if (events.length > 0) offer(offered, 'event', String(startNs))
    return
  }
  if (run.activity !== null && outcome === 'error' && error !== null) offer(offered, 'cause', error)
  // a span that names no workflow, such as the creation of a schedule, does not make its surroundings a durable workflow
  if (run.role === 'outside' && workflowId === null) return
  if (run.role === 'stop') offer(offered, 'stop', String(endNs))
  else offer(offered, run.role === 'outside' || run.role === 'inside' ? run.role : 'begun', String(startNs))
}

/** The workflow that started the run of this node: the node is a run, and its parent a part of another workflow's run. */
function parentWorkflowOf(trace: Trace, node: Node): string | null {
  const { facts, parent } = node
  if (facts.run === null || facts.kind !== 'workflow' || parent === null) return null
  if (parent.facts.run === null || parent.facts.workflowId === null) return null
  const other = workflowOf(trace, parent)
  return other === workflowOf(trace, node) ? null : other
}
