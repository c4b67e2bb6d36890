import { type BilledReports, betterReport, type ExplainedSpan, placeName } from '../../explain/explain-trace.ts'
import { reasonCodeOf } from '../../explain/run-tree.ts'
import type { RunRole, Usage } from '../../map/facts/facts.ts'
import { idDecisionOf, nameOfNode, nameOfReport, whyBetter } from '../../settle/explain.ts'
import type { Node } from '../../settle/model/node.ts'
import { isCall } from '../../settle/model/rows.ts'
import type { Trace } from '../../settle/model/trace.ts'
import { duplicatesOf } from '../../settle/usage/deduplicate-calls.ts'
import type { SpanReasonCode } from '../answers/tree.ts'
import { reasonTexts } from './reason-texts.ts'

/** A settled span, and what its run has of it. */
export interface ReasonParts {
  readonly trace: Trace
  readonly node: Node
  readonly billed: BilledReports
  readonly explained: Pick<ExplainedSpan, 'workflow' | 'workflowFrom' | 'missingParent'>
  /** The row of the counted call; undefined where the span has none. */
  readonly call: { readonly prompt_tokens: number; readonly completion_tokens: number } | undefined
}

/** The sentences about a span: whether it counts and why, which other report has its row, and whose run it is part of. */
export function spanReasons(parts: ReasonParts): string[] {
  const { node, explained } = parts
  const { workflow, workflowFrom, missingParent } = explained
  return [
    usageSentence(parts),
    ...toolSentences(parts),
    ...runSentences(node),
    ...(workflow === null ? [] : [`Part of the run ${workflow}: ${workflowSources[workflowFrom]}.`]),
    ...(missingParent === null ? [] : [`Its parent ${missingParent} has not arrived, so it stands at the top.`]),
  ]
}

const workflowSources: Record<ExplainedSpan['workflowFrom'], string> = {
  'its own': 'its own attributes name it',
  "an ancestor's": 'a span above it names it',
  "the trace's": 'neither it nor a span above names a run, so it is in the one of its trace',
}

function usageSentence(parts: ReasonParts): string {
  const { trace, node, call } = parts
  const code = reasonCodeOf(trace, node, call !== undefined)
  const { usage } = node.facts
  if (code === 'unknown-usage')
    return "Not counted: the model answered, and nothing says what it used. It is in no sum, and in the run's uncounted_calls."
  if (usage === null) return reasonTexts[code]
  return call === undefined ? notCounted(parts, code, usage) : counted(parts, code, call, usage)
}

function counted(
  { trace, node }: ReasonParts,
  code: SpanReasonCode,
  call: NonNullable<ReasonParts['call']>,
  usage: Usage,
): string {
  const row = tokens(call.prompt_tokens, call.completion_tokens)
  const own = tokens(usage.prompt, usage.completion)
  const added = row === own ? '' : `; with what other reports of it add it has ${row}`
  if (code === 'counts-for-others') {
    const byId = idDecisionOf(trace, node, 'usage')?.others.map((other) => nameOfReport(trace, other))
    const names = byId ?? duplicatesOf(node).map(nameOfNode)
    const report = names.length === 1 ? 'reports' : 'report'
    return `Counted: the call reported ${own} itself${added}. ${names.join(', ')} ${report} the same call, which counts once.`
  }
  if (code !== 'counts-as-sum') return `Counted: the call reported ${own} itself${added}.`
  if (usage.role === 'poll' || usage.role === 'copy')
    return `Counted: it repeats a call of ${own}, and no other report of that call is known${added}.`
  return `Counted: it ${sumVerbs[usage.role] ?? 'sums up'} ${own}, and no call is known that these are of${added}.`
}

function notCounted({ trace, node, billed }: ReasonParts, code: SpanReasonCode, { role }: Usage): string {
  const { duplicateOf } = node.usageState
  if (code === 'copy' && duplicateOf !== null) return `Not counted: it repeats what ${nameOfNode(duplicateOf)} reports.`
  if (code === 'same-call' && duplicateOf !== null)
    return role === 'poll'
      ? `Not counted: ${nameOfNode(duplicateOf)} reports the same response in its last state.`
      : `Not counted: ${nameOfNode(duplicateOf)} reports the same call, and is trusted more.`
  if (code === 'same-call-by-id') {
    const decision = idDecisionOf(trace, node, 'usage')
    const better = decision?.better ?? null
    if (better !== null)
      return `Not counted: ${nameOfReport(trace, better)} reports the same call (response id ${decision!.id}), ${whyBetter(trace, better)}.`
  }
  if (code === 'same-call-in-workflow') {
    const better = betterReport(node, billed)
    if (better !== null && isCall(better))
      return `Not counted: the ${better.source} ${placeName(better)} reports the same call, and is trusted more.`
  }
  const verb = sumVerbs[role]
  if (code === 'better-report-below' && verb !== undefined) return `Not counted: it ${verb} what is reported below it.`
  return reasonTexts[code]
}

/** What a report does that is no report of one call. */
const sumVerbs: Partial<Record<Usage['role'], string>> = {
  own: 'sums up',
  aggregate: 'sums up',
  'last-step': 'repeats the last of',
  partial: 'counts a part of',
  lifetime: 'sums up',
  estimate: 'estimates',
}

function tokens(input: number, output: number): string {
  return `${input.toLocaleString('en-US')} input and ${output.toLocaleString('en-US')} output tokens`
}

/** Says which other report has the row of a tool run. */
function toolSentences({ trace, node, billed }: ReasonParts): string[] {
  const { nextAttempt, attempt } = node.toolState
  if (nextAttempt !== null)
    return [`Attempt ${attempt} at a tool run, which has no row: ${nameOfNode(nextAttempt)} is the next attempt.`]
  const later = betterReport(node, billed)
  if (later !== null && !isCall(later))
    return [`An attempt at a tool run, which has no row: ${placeName(later)} is the next attempt.`]
  const better = idDecisionOf(trace, node, 'tool')?.better ?? null
  return better === null ? [] : [`No tool run of its own: ${nameOfReport(trace, better)} reports the same one.`]
}

/** Says what a part of a durable run means for its end. */
function runSentences({ facts: { run } }: Node): string[] {
  return run === null ? [] : [runTexts[run.role](run.run === null ? 'its durable run' : `the durable run ${run.run}`)]
}

const runTexts: Record<RunRole, (run: string) => string> = {
  outside: (run) => `It asks for ${run}, or repeats what happened in it: its times say nothing of when that ran.`,
  inside: (run) => `It happened in ${run}, which was not over before.`,
  open: (run) => `It is of ${run}, which goes on when this ends.`,
  copy: (run) => `It is of ${run}, which is over when this ends, unless something of it ends later.`,
  end: (run) => `It is of ${run}, which is over when this ends.`,
  continued: (run) => `It is of ${run}, which is over, and another one follows.`,
  stop: (run) => `It ends ${run}, or whichever is open then.`,
}
