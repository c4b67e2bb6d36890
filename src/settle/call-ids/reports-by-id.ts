import type { UsageClass } from '../../map/facts/facts.ts'
import { ordinals, rowId } from '../model/ids.ts'
import { isBarrier, type Node } from '../model/node.ts'
import type { IdReport } from '../model/shared-call.ts'
import { identityOfNode, type Trace } from '../model/trace.ts'
import { hasToolRow, messageRowId } from '../tools/tool-rows.ts'
import { areSameCall, callIdentityOf } from '../usage/nested-usage.ts'
import { completedUsage, isDecidedByWorkflow } from '../usage/usage-row.ts'

const classes: readonly UsageClass[] = ['chat', 'embedding', 'rerank']

/**
 * What a trace is among those that report one call, the best first: 0 a run, with an agent, a workflow or a workflow id;
 * 1 model calls with the tools that they asked for; 2 calls alone, as a gateway or a server reports them.
 */
export function tracePlace(trace: Trace): number {
  let [hasCall, hasTool] = [false, false]
  for (const { facts } of trace.nodes.values()) {
    const { kind, workflowId } = facts
    if (workflowId !== null || kind === 'workflow' || kind === 'task' || kind === 'agent') return 0
    if (kind === 'tool') hasTool = true
    else if (kind !== 'plain') hasCall = true
  }
  return hasCall && hasTool ? 1 : 2
}

/** The rows of a trace for the call or tool run with an id, as they are before other traces are asked. */
export function reportsOf(trace: Trace, id: string, place: number): IdReport[] {
  return [...callReports(trace, id, place), ...toolReports(trace, id, place)]
}

function callReports(trace: Trace, id: string, place: number): IdReport[] {
  const counted = new Set<Node>()
  for (const one of classes) {
    const key = `${one} ${id}`
    const nodes = [...(trace.callsByResponseId.get(key)?.members ?? []), ...(trace.secondaryReports.get(key) ?? [])]
    for (const best of nodes.map(countedReport)) if (best !== null) counted.add(best)
  }
  return [...counted].flatMap((node) => {
    const { origin } = node.facts
    // the workflow decides about the calls of coding agents
    if (isDecidedByWorkflow(node)) return []
    const row = rowId(identityOfNode(trace, node), ordinals.usage)
    const { trust } = callIdentityOf(node)
    return [{ ...reportOf(trace, node, place), kind: 'call', row, origin, trust, usage: completedUsage(node) }]
  })
}

/** The report that counts in the trace for the call that a node reports: the node, its better duplicate, or a call below. */
function countedReport(node: Node): Node | null {
  const { counts, duplicateOf, hasSameCallBelow } = node.usageState
  if (counts) return node
  if (duplicateOf !== null) return duplicateOf.usageState.counts ? duplicateOf : null
  return hasSameCallBelow ? countedBelow(node, node) : null
}

function countedBelow(call: Node, from: Node): Node | null {
  for (const child of from.children) {
    const { usage } = child.facts
    if (usage?.role === 'call' && child.usageState.counts && areSameCall(usage, call.facts.usage!)) return child
    const found = isBarrier(child) ? null : countedBelow(call, child)
    if (found !== null) return found
  }
  return null
}

function toolReports(trace: Trace, id: string, place: number): IdReport[] {
  const call = trace.toolCalls.get(id)
  if (call === undefined) return []
  const spans = new Set([...call.spans, ...(call.matchedSpan === null ? [] : [call.matchedSpan])].map(outermost))
  const ofTool = { kind: 'tool', trust: 0, usage: null } as const
  const reports: IdReport[] = [...spans]
    // the workflow decides about the attempts of an activity
    .filter((node) => hasToolRow(node) && node.toolState.attemptGroup === null)
    .map((node) => ({
      ...reportOf(trace, node, place),
      ...ofTool,
      row: rowId(identityOfNode(trace, node), ordinals.tool),
    }))
  const { owner } = call
  if (owner !== null)
    reports.push({
      ...reportOf(trace, owner, place),
      ...ofTool,
      source: 'messages',
      row: messageRowId(trace, call),
    })
  return reports
}

/** The span whose row shows the run of a tool span or record: one around it, or a better one beside it. */
function outermost(node: Node): Node {
  const { outerSpan, duplicateOf } = node.toolState
  const better = outerSpan ?? duplicateOf
  return better === null ? node : outermost(better)
}

function reportOf(trace: Trace, { facts }: Node, place: number): Omit<IdReport, 'kind' | 'row' | 'trust' | 'usage'> {
  const { id: node, name, source, origin, spanKind, startNs } = facts
  return { trace: trace.id, node, name, place, source, origin, spanKind, startNs }
}
