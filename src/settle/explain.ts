import type { RunRole } from '../map/facts/facts.ts'
import type { Node } from './model/node.ts'
import type { Trace } from './model/trace.ts'
import { duplicatesOf } from './usage/deduplicate-calls.ts'
import { coverReasonOf } from './usage/nested-usage.ts'

/** Whether the usage of a node counts, and why, in words; null where it has none. */
export function usageReason(trace: Trace, node: Node): string | null {
  const { usage } = node.facts
  if (usage === null) return null
  if (usage.role === 'copy') return "doesn't count: it repeats the span that it names"
  if (node.usageState.counts) return countedBecause(trace, node)
  if (node.usageState.duplicateOf !== null)
    return `doesn't count: ${nameOf(node.usageState.duplicateOf)} reports the same call and is trusted more`
  return `doesn't count: ${coverReasons[coverReasonOf(node)!]}`
}

const coverReasons = {
  'call below': 'a call below it is the same call',
  'better report below': 'a report below it is the same or a better one',
  'better report above': 'a report above it is a better one',
} as const

function countedBecause(trace: Trace, node: Node): string {
  if (node.facts.usage!.role !== 'call')
    return `counts: ${node.facts.usage!.role}, and no call is known that it sums up`
  const twins = duplicatesOf(trace, node)
  return twins.length === 0 ? 'counts' : `counts, for ${twins.map(nameOf).join(', ')} too`
}

function nameOf({ facts }: Node): string {
  return `"${facts.name}" (${facts.id.slice(0, 16)})`
}

/** What its part in a durable workflow's run means for the task, in words; null where it has none. */
export function runPartReason({ facts: { run } }: Node): string | null {
  return run === null ? null : `${run.run === null ? 'its run' : `run ${run.run}`}: ${partReasons[run.role]}`
}

const partReasons: Record<RunRole, string> = {
  outside: 'asks for it, or repeats what happened: its times say nothing',
  inside: 'was not over before this was',
  open: 'goes on when this ends',
  copy: 'over when this ends, unless something of it ends later',
  end: 'over when this ends',
  continued: 'over, and another one follows',
  stop: 'whichever is open is over when this ends',
}

/** Why a tool's span is no row of its own; null where it is one, or for other reasons. */
export function nextAttemptReason({ toolState: { nextAttempt, attempt } }: Node): string | null {
  return nextAttempt === null ? null : `attempt ${attempt}; ${nameOf(nextAttempt)} is the next one`
}
