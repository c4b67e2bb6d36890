import type { RunRole } from '../map/facts/facts.ts'
import { tracePlace } from './call-ids/reports-by-id.ts'
import { ordinals, rowId } from './model/ids.ts'
import type { Node } from './model/node.ts'
import type { IdDecision, IdReport } from './model/shared-call.ts'
import { identityOfNode, type Trace } from './model/trace.ts'
import { duplicatesOf } from './usage/deduplicate-calls.ts'
import { type CoverReason, coverReasonOf } from './usage/nested-usage.ts'
import { isUncounted } from './usage/uncounted-calls.ts'

/**
 * Why a node's usage counts or doesn't. `no-usage` it has none · `counts` · `counts-for-others` other reports are of the same
 * call · `counts-as-sum` it is no call, and no call is known that it sums up · `copy` it repeats a span · `same-call` another
 * report is trusted more · `same-call-by-id` one with the same response id is · `call-below`, `better-report-below`,
 * `better-report-above` where the report is that counts instead · `unknown-usage` it was answered, and nothing says what it
 * used · `usage-in-other-report` another report says it
 */
export type UsageReasonCode =
  | 'no-usage'
  | 'counts'
  | 'counts-for-others'
  | 'counts-as-sum'
  | 'copy'
  | 'same-call'
  | 'same-call-by-id'
  | 'call-below'
  | 'better-report-below'
  | 'better-report-above'
  | 'unknown-usage'
  | 'usage-in-other-report'

/** Says in a word why the usage of a node counts or doesn't. */
export function usageReasonCode(trace: Trace, node: Node): UsageReasonCode {
  const { usage, unknownUsage } = node.facts
  if (usage === null && unknownUsage === null) return 'no-usage'
  if (usage === null) return isUncounted(node) ? 'unknown-usage' : 'usage-in-other-report'
  const { counts, duplicateOf } = node.usageState
  const decision = idDecisionOf(trace, node, 'usage')
  if (counts && decision !== undefined) return decision.better === null ? 'counts-for-others' : 'same-call-by-id'
  if (counts && usage.role !== 'call') return 'counts-as-sum'
  if (counts) return duplicatesOf(node).length === 0 ? 'counts' : 'counts-for-others'
  if (usage.role === 'copy') return 'copy'
  if (duplicateOf !== null) return 'same-call'
  return coverCodes[coverReasonOf(node)!]
}

const coverCodes: Record<CoverReason, UsageReasonCode> = {
  'call below': 'call-below',
  'better report below': 'better-report-below',
  'better report above': 'better-report-above',
}

/** What was decided about the id of a node's call or tool run; undefined where no other report has the id. */
export function idDecisionOf(trace: Trace, node: Node, row: 'usage' | 'tool'): IdDecision | undefined {
  // the id of a row is a hash
  if (trace.idDecisions.size === 0) return undefined
  return trace.idDecisions.get(rowId(identityOfNode(trace, node), ordinals[row]))
}

/** A sentence that says whether the usage of a node counts, and why; null where it has none. */
export function usageReason(trace: Trace, node: Node): string | null {
  const { usage } = node.facts
  const { counts, duplicateOf } = node.usageState
  if (usage === null) return null
  const decision = idDecisionOf(trace, node, 'usage')
  if (counts && decision !== undefined) return sharedReason(trace, decision)
  if (counts) return countsReason(node)
  if (usage.role === 'copy')
    return `doesn't count: it repeats ${duplicateOf === null ? 'the span that it names' : nameOfNode(duplicateOf)}`
  if (duplicateOf !== null) {
    const why = usage.role === 'poll' ? 'response, in its last state' : 'call and is trusted more'
    return `doesn't count: ${nameOfNode(duplicateOf)} reports the same ${why}`
  }
  return `doesn't count: ${coverSentences[coverReasonOf(node)!]}`
}

/** A sentence about a call that was answered and states no usage; null where the node is none. */
export function unknownUsageReason(node: Node): string | null {
  if (node.facts.unknownUsage === null) return null
  return isUncounted(node)
    ? 'it was answered, and nothing says what it used: it is in no sum, and counted in uncounted_calls'
    : 'it was answered, and another report says what it used'
}

/** Says which of the rows of one response id is written. */
function sharedReason(trace: Trace, { id, better, others }: IdDecision): string {
  if (better === null)
    return `counts, for ${others.map((other) => nameOfReport(trace, other)).join(', ')} too: response id ${id}`
  return `doesn't count: ${nameOfReport(trace, better)} reports the same call (response id ${id}), ${whyBetter(trace, better)}`
}

/** Says why another report of a call has the row. */
export function whyBetter(trace: Trace, better: IdReport): string {
  if (better.trace === trace.id) return 'in its last state'
  return better.place < tracePlace(trace) ? 'in a trace that is more of a run' : 'and is trusted more, or was earlier'
}

/** Names the span of another report, and its trace where that is another one. */
export function nameOfReport(trace: Trace, { name, node, trace: of }: IdReport): string {
  return `"${name}" (${node.slice(0, 16)})${of === trace.id ? '' : ` in trace ${of}`}`
}

/** A sentence that says which other report has the row of a tool run; null where the span keeps its own. */
export function otherRunReason(trace: Trace, node: Node): string | null {
  const better = idDecisionOf(trace, node, 'tool')?.better
  return better == null ? null : `${nameOfReport(trace, better)} reports the same tool run`
}

const coverSentences: Record<CoverReason, string> = {
  'call below': 'a call below it is the same call',
  'better report below': 'a report below it is the same or a better one',
  'better report above': 'a report above it is a better one',
}

function countsReason(node: Node): string {
  const { role } = node.facts.usage!
  if (role === 'poll' || role === 'copy') return `counts: ${role}, and no other report of the call is known`
  if (role !== 'call') return `counts: ${role}, and no call is known that it sums up`
  const duplicates = duplicatesOf(node)
  return duplicates.length === 0 ? 'counts' : `counts, for ${duplicates.map(nameOfNode).join(', ')} too`
}

/** Names a span with its id. */
export function nameOfNode({ facts }: Node): string {
  return `"${facts.name}" (${facts.id.slice(0, 16)})`
}

/** A sentence that says what a span's part in a durable run means for the task; null where the span is no part of one. */
export function runPartReason({ facts: { run } }: Node): string | null {
  return run === null ? null : `${run.run === null ? 'its run' : `run ${run.run}`}: ${runPartSentences[run.role]}`
}

const runPartSentences: Record<RunRole, string> = {
  outside: 'asks for it, or repeats what happened: its times say nothing',
  inside: 'was not over before this was',
  open: 'goes on when this ends',
  copy: 'over when this ends, unless something of it ends later',
  end: 'over when this ends',
  continued: 'over, and another one follows',
  stop: 'whichever is open is over when this ends',
}

/** A sentence that says which attempt replaced the row of a tool span; null where no attempt followed. */
export function nextAttemptReason({ toolState: { nextAttempt, attempt } }: Node): string | null {
  return nextAttempt === null ? null : `attempt ${attempt}; ${nameOfNode(nextAttempt)} is the next one`
}
