import { durationMs, millisecondsOf, usd } from '../columns.ts'
import { nextAttemptReason, otherRunReason, runPartReason, unknownUsageReason, usageReason } from '../settle/explain.ts'
import type { Node } from '../settle/model/node.ts'
import type { Report } from '../settle/model/rows.ts'
import { sortByStart } from '../settle/model/time/sort-by-start.ts'
import { type Trace, workflowOf } from '../settle/model/trace.ts'
import { type CostGap, costGapsIn, joinCostGaps } from '../settle/share/cost-gaps.ts'
import type { BilledReport } from '../settle/workflow/deduplicate-across-traces.ts'
import { withBilled } from '../settle/workflow/report-changes.ts'

/** A trace as `explain` prints it: its spans and records as a tree, and what each became. */
export interface ExplainedTrace {
  readonly trace: string
  /** Whether an agent, model call or tool is recognised in it, or a workflow id; without one the trace makes no rows. */
  readonly run: boolean
  /** Whether the trace only repeats calls and tool runs that other traces have, and makes no rows for that reason. */
  readonly repeats: boolean
  /** The calls of the trace that are missing in its sums of money. */
  readonly costGaps: readonly CostGap[]
  readonly spans: readonly ExplainedSpan[]
}

/** A span or log record, with its children. */
export interface ExplainedSpan {
  readonly id: string
  readonly source: 'span' | 'record'
  readonly name: string
  readonly kind: string
  readonly dialect: string
  readonly outcome: string
  /** The id of the parent that the span names, if that has not arrived; null otherwise. */
  readonly missingParent: string | null
  readonly workflow: string | null
  readonly workflowFrom: 'its own' | "an ancestor's" | "the trace's"
  /** The span's part in the run of a durable workflow, as a sentence. */
  readonly part: string | null
  readonly usage: ExplainedUsage | null
  /** A sentence about a call that was answered and states no usage. */
  readonly unknownUsage: string | null
  /** The names of attributes that look like usage and that no dialect reads. */
  readonly unreadUsage: readonly string[]
  /** A sentence that names the next attempt at the same tool run, where there is one. */
  readonly overtaken: string | null
  /** When it began, RFC 3339. */
  readonly startedAt: string
  /** null while it runs, and for a log record. */
  readonly durationMs: number | null
  /** The call that it is a row of `token_usage` for; null for what makes none. */
  readonly counted: CountedCall | null
  /** `token_usage gpt-4o 12 + 3 tokens, $0.00006`: the table, then what is in the row. */
  readonly rows: readonly string[]
  readonly children: readonly ExplainedSpan[]
}

/** A call as its row of `token_usage` has it. */
export interface CountedCall {
  readonly model: string
  readonly promptTokens: number
  readonly completionTokens: number
  /** Whole nano-dollars, as text. */
  readonly costNanoUsd: string
  readonly unpriced: boolean
}

interface ExplainedUsage {
  readonly promptTokens: number
  readonly completionTokens: number
  readonly role: string
  /** How the dialect's numbers became the normal form (docs/design.md §4). */
  readonly cacheSemantics: string
  /** A sentence that says why the usage counts or doesn't. */
  readonly reason: string
}

/** The reports that several traces of a workflow may have in common, by the report's id. */
export type BilledReports = ReadonlyMap<string, BilledReport>

/** Explains each span and record of a settled trace. */
export function explainTrace(trace: Trace, billed: BilledReports): ExplainedTrace {
  const roots = sortByStart([...trace.nodes.values()].filter(({ parent }) => parent === null))
  const costGaps = joinCostGaps([...trace.shares.values()].flatMap(({ lastClosed }) => costGapsIn(lastClosed)))
  const spans = roots.map((root) => explainSpan(trace, root, billed))
  return { trace: trace.id, run: trace.isRun, repeats: trace.isRepetition, costGaps, spans }
}

function explainSpan(trace: Trace, node: Node, billed: BilledReports): ExplainedSpan {
  return {
    ...explainNode(trace, node, billed),
    children: sortByStart(node.children).map((child) => explainSpan(trace, child, billed)),
  }
}

/** Explains a span or record of a settled trace, without those below it. */
export function explainNode(trace: Trace, node: Node, billed: BilledReports): Omit<ExplainedSpan, 'children'> {
  const { facts, parent, onCycle } = node
  return {
    id: facts.id,
    source: facts.source,
    name: facts.name,
    kind: facts.kind,
    dialect: facts.dialect,
    outcome: facts.open ? 'open' : facts.outcome,
    missingParent: parent === null && facts.parent !== '' && !onCycle ? facts.parent : null,
    workflow: trace.isRun && !trace.isRepetition ? workflowOf(trace, node) : null,
    workflowFrom:
      facts.workflowId !== null ? 'its own' : node.inherited.workflow !== null ? "an ancestor's" : "the trace's",
    part: runPartReason(node),
    usage: usageOf(trace, node, billed),
    unknownUsage: unknownUsageReason(node),
    unreadUsage: facts.unreadUsage,
    overtaken: nextAttemptReason(node) ?? nextAttemptElsewhere(node, billed) ?? otherRunReason(trace, node),
    startedAt: new Date(millisecondsOf(facts.startNs)).toISOString(),
    durationMs: facts.open || facts.source === 'record' ? null : durationMs(facts.startNs, facts.endNs),
    counted: trace.isRun ? countedCall(node, billed) : null,
    rows: trace.isRun ? rowsOf(node, billed) : [],
  }
}

function usageOf(trace: Trace, node: Node, billed: BilledReports): ExplainedUsage | null {
  const { usage } = node.facts
  const reason = duplicateElsewhere(node, billed) ?? usageReason(trace, node)
  if (usage === null || reason === null) return null
  const { prompt: promptTokens, completion: completionTokens, role, cacheSemantics } = usage
  return { promptTokens, completionTokens, role, cacheSemantics, reason }
}

/** Says why a report that counts in its trace is not billed: another trace of the workflow has a better one. */
function duplicateElsewhere(node: Node, billed: BilledReports): string | null {
  const better = betterReport(node, billed)
  if (better === null || !('source' in better)) return null
  return `doesn't count: ${better.source} ${placeName(better)} reports the same call and is trusted more`
}

/** Says why an attempt at a tool run makes no row: the next attempt is in another trace. */
function nextAttemptElsewhere(node: Node, billed: BilledReports): string | null {
  const next = betterReport(node, billed)
  return next === null || 'source' in next ? null : `an attempt; ${placeName(next)} is the next one`
}

/** The report in another trace of the workflow that has the row of a node's call or tool run; null where there is none. */
export function betterReport({ rows }: Node, billed: BilledReports): Report | null {
  return billed.get(billed.get(rows?.report?.id ?? '')?.better ?? '')?.report ?? null
}

/** Names the span of a report, and its trace. */
export function placeName({ place: { node, trace } }: Report): string {
  return `${node.slice(0, 16)} in trace ${trace}`
}

function countedCall({ rows }: Node, billed: BilledReports): CountedCall | null {
  const usage = rows && withBilled(rows, billed.get(rows.report?.id ?? '')).usage
  if (usage === null) return null
  const { model, prompt: promptTokens, completion: completionTokens, costNano, unpriced } = usage
  return { model, promptTokens, completionTokens, costNanoUsd: costNano.toString(), unpriced }
}

function rowsOf({ rows }: Node, billed: BilledReports): string[] {
  if (rows === null) return []
  const { usage, tools, agent, events } = withBilled(rows, billed.get(rows.report?.id ?? ''))
  return [
    ...(usage === null
      ? []
      : [
          `token_usage ${usage.model} ${usage.prompt} + ${usage.completion} tokens, $${usd(usage.costNano)}${usage.unpriced ? ' (no price is known)' : ''}`,
        ]),
    ...tools.map((tool) => `tool_executions ${tool.name}${tool.source === 'messages' ? ' (told by messages)' : ''}`),
    ...(agent === null ? [] : [`agent_executions ${agent.name}`]),
    ...(events.length === 0 ? [] : [`event_logs ${events.map(({ fact }) => fact.type).join(', ')}`]),
  ]
}
