import type { Node } from '../model/node.ts'
import { compareStart } from '../model/sort-by-start.ts'
import type { Trace } from '../model/trace.ts'
import { originOf, overlap } from './deduplicate-calls.ts'

/**
 * Whether a node is a model call that was answered and of which no report says what it used. A usage below, above or
 * beside it is that of the call, or counts it in a sum; of several reports without usage the outermost, or earliest, is
 * the call.
 */
export function isUncounted({ facts, inherited, usageState }: Node): boolean {
  if (facts.unknownUsage === null || (facts.usage !== null && !usageState.counts)) return false
  if (usageState.tokensBelow > 0 || usageState.hasReportBeside) return false
  return !inherited.hasTokensAbove && !inherited.hasUnknownAbove
}

/**
 * Notes the calls of unknown usage among the arrived nodes, and which of all such calls have another report beside them
 * now; returns the latter. It compares each pair of nodes once, and nothing in traces whose calls all have a usage.
 */
export function trackUnknownCalls(trace: Trace, arrived: readonly Node[]): Set<Node> {
  const changed = new Set<Node>()
  const mark = (node: Node) => {
    if (node.usageState.hasReportBeside) return
    node.usageState.hasReportBeside = true
    changed.add(node)
  }
  for (const node of arrived) {
    if (node.facts.unknownUsage === null) continue
    for (const other of trace.unknownCalls)
      if (areOneCall(node, other)) mark(compareStart(node, other) < 0 ? other : node)
    const groups = [...trace.callsByCounters.values()].map(({ members }) => members)
    for (const members of [...groups, ...trace.secondaryReports.values()])
      for (const other of members) if (tellsUsageOf(other, node)) mark(node)
    trace.unknownCalls.add(node)
  }
  for (const node of arrived) for (const unknown of trace.unknownCalls) if (tellsUsageOf(node, unknown)) mark(unknown)
  return changed
}

function tellsUsageOf(node: Node, unknown: Node): boolean {
  const role = node.facts.usage?.role
  if (role !== 'call' && role !== 'poll' && role !== 'copy') return false
  return node.facts.unknownUsage === null && areOneCall(node, unknown)
}

/** Whether two nodes may report one call: by their response ids, else two origins report calls at one time. */
function areOneCall(a: Node, b: Node): boolean {
  const [one, other] = [reportOf(a), reportOf(b)]
  if (a === b || one.class !== other.class) return false
  if (one.responseId !== null && other.responseId !== null) return one.responseId === other.responseId
  return originOf(a) !== originOf(b) && overlap(a, b)
}

function reportOf({ facts: { usage, unknownUsage } }: Node): { class: string; responseId: string | null } {
  return (unknownUsage ?? usage)!
}
