import { calcPrice } from '@pydantic/genai-prices'
import { mappingOf } from '../../assemble.ts'
import { usd } from '../../columns.ts'
import { Misconfigured } from '../../errors.ts'
import { nextAttemptReason, runPartReason, usageReason } from '../../settle/explain.ts'
import { type Node, sortByStart } from '../../settle/model/node.ts'
import type { Report } from '../../settle/model/rows.ts'
import { type Trace, workflowOf } from '../../settle/model/trace.ts'
import { createPrices } from '../../settle/prices/prices.ts'
import type { BilledReport } from '../../settle/workflow/deduplicate-across-traces.ts'
import { withBilled } from '../../settle/workflow/report-changes.ts'
import { readBilledReports, readTraces } from '../../transaction/read-traces.ts'
import type { Given } from '../command.ts'
import { openForReading } from '../open-database.ts'
import { type Recorded, settleFiles } from './recorded.ts'

/** What is known of a trace: its spans and records as a tree, and what each became. */
interface ExplainedTrace {
  readonly trace: string
  /** Whether it is somebody's run; nobody's makes no rows. */
  readonly run: boolean
  readonly spans: readonly ExplainedSpan[]
}

interface ExplainedSpan {
  readonly id: string
  readonly source: 'span' | 'record'
  readonly name: string
  readonly kind: string
  readonly dialect: string
  readonly outcome: string
  /** The parent that it names, if that has not arrived. */
  readonly missingParent: string | null
  readonly workflow: string | null
  readonly workflowFrom: 'its own' | "an ancestor's" | "the trace's"
  /** What it means for the run of a durable workflow. */
  readonly part: string | null
  readonly usage: ExplainedUsage | null
  /** Which attempt at a tool run it is, where another one followed. */
  readonly overtaken: string | null
  /** `token_usage gpt-4o 12 + 3 tokens, $0.00006`: the table, then what is in the row. */
  readonly rows: readonly string[]
  readonly children: readonly ExplainedSpan[]
}

interface ExplainedUsage {
  readonly promptTokens: number
  readonly completionTokens: number
  readonly role: string
  /** How the numbers became the normal form. */
  readonly cacheSemantics: string
  /** Why it counts, or doesn't. */
  readonly reason: string
}

const nothingIsKnown = 1

/** Says of each span of a trace, or of all traces of a workflow, what it was taken for, its rows, whether its usage counts and why. */
export async function run(given: Given): Promise<number | undefined> {
  const { args, options, switches, write, writeError } = given
  const files = options.get('file') ?? []
  const [id = null] = args
  if ((id === null) === (files.length === 0))
    throw new Misconfigured('say what to explain: the id of a trace or workflow, or --file with recorded requests.')
  const { traces, billed, refused, source } = id === null ? recorded(given, files) : await remembered(given, id)
  const all = traces.map((trace) => explained(trace, billed))
  if (switches.has('json')) write(`${JSON.stringify(all, null, 2)}\n`)
  else {
    for (const sentence of refused) write(`refused: ${sentence}\n`)
    if (all.length > 0) write(`${all.map(asText).join('\n\n')}\n`)
  }
  if (all.length > 0) return undefined
  writeError(id === null ? `No span or log record was taken from ${source}.\n` : unknown(id, source))
  return nothingIsKnown
}

function unknown(id: string, source: string): string {
  return [
    `Nothing is known of ${id} in ${source}. Check that`,
    '- it is the whole id of a trace (32 hex digits) or of a workflow, not that of a span;',
    '- the app has sent its spans: it flushes them before it ends (docs/sending.md#nothing-arrives);',
    '- this is the database that `spanledger serve` writes to (`spanledger doctor`);',
    '- the spans were not refused (`spanledger refused list`).',
    '',
  ].join('\n')
}

/** What is explained, and where it comes from as people name it. */
type Explainable = Recorded & { readonly source: string }

function recorded({ config }: Given, files: readonly string[]): Explainable {
  const settled = settleFiles(files, mappingOf(config), createPrices(calcPrice, config.prices).price)
  return { ...settled, source: files.join(', ') }
}

async function remembered({ config }: Given, id: string): Promise<Explainable> {
  await using database = await openForReading(config)
  const traces = await readTraces(database, createPrices(calcPrice, config.prices).price, id)
  return { traces, billed: await readBilledReports(database, traces), refused: [], source: database.description }
}

/** What workflows made of the reports of several traces, by the report's id. */
type AllBilled = ReadonlyMap<string, BilledReport>

function explained(trace: Trace, billed: AllBilled): ExplainedTrace {
  const roots = sortByStart([...trace.nodes.values()].filter(({ parent }) => parent === null))
  return { trace: trace.id, run: trace.isRun, spans: roots.map((root) => explainedSpan(trace, root, billed)) }
}

function explainedSpan(trace: Trace, node: Node, billed: AllBilled): ExplainedSpan {
  const { facts, parent, onCycle } = node
  return {
    id: facts.id,
    source: facts.source,
    name: facts.name,
    kind: facts.kind,
    dialect: facts.dialect,
    outcome: facts.open ? 'open' : facts.outcome,
    missingParent: parent === null && facts.parent !== '' && !onCycle ? facts.parent : null,
    workflow: trace.isRun ? workflowOf(trace, node) : null,
    workflowFrom:
      facts.workflowId !== null ? 'its own' : node.inherited.workflow !== null ? "an ancestor's" : "the trace's",
    part: runPartReason(node),
    usage: usageOf(trace, node, billed),
    overtaken: nextAttemptReason(node) ?? overtakenElsewhere(node, billed),
    rows: trace.isRun ? rowsOf(node, billed) : [],
    children: sortByStart(node.children).map((child) => explainedSpan(trace, child, billed)),
  }
}

function usageOf(trace: Trace, node: Node, billed: AllBilled): ExplainedUsage | null {
  const { usage } = node.facts
  const reason = betterElsewhere(node, billed) ?? usageReason(trace, node)
  if (usage === null || reason === null) return null
  const { prompt: promptTokens, completion: completionTokens, role, cacheSemantics } = usage
  return { promptTokens, completionTokens, role, cacheSemantics, reason }
}

/** Why a report that counts in its trace is not billed: another trace of the workflow has a better one. */
function betterElsewhere(node: Node, billed: AllBilled): string | null {
  const better = betterThan(node, billed)
  if (better === null || !('source' in better)) return null
  return `doesn't count: ${better.source} ${nameOf(better)} reports the same call and is trusted more`
}

/** Why an attempt at a tool run is no row: the next one is in another trace. */
function overtakenElsewhere(node: Node, billed: AllBilled): string | null {
  const next = betterThan(node, billed)
  return next === null || 'source' in next ? null : `an attempt; ${nameOf(next)} is the next one`
}

function betterThan({ rows }: Node, billed: AllBilled): Report | null {
  return billed.get(billed.get(rows?.report?.id ?? '')?.better ?? '')?.report ?? null
}

function nameOf({ place: { node, trace } }: Report): string {
  return `${node.slice(0, 16)} in trace ${trace}`
}

function rowsOf({ rows }: Node, billed: AllBilled): string[] {
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

/** The tree, a span a line and its details below it. */
function asText({ trace, run, spans }: ExplainedTrace): string {
  const whose = run ? '' : ": nobody's run so far, so it makes no rows"
  return [`trace ${trace}${whose}`, ...spans.flatMap((span) => branch(span, '', true))].join('\n')
}

function branch(span: ExplainedSpan, indent: string, isLast: boolean): string[] {
  const { children } = span
  const below = `${indent}${isLast ? '   ' : '│  '}`
  const details = detailsOf(span).map((detail) => `${below}${children.length > 0 ? '│' : ' '} ${detail}`)
  return [
    `${indent}${isLast ? '└─' : '├─'} ${headline(span)}`,
    ...details,
    ...children.flatMap((child, i) => branch(child, below, i === children.length - 1)),
  ]
}

function headline({ id, source, name, kind, dialect, outcome, missingParent }: ExplainedSpan): string {
  const what = [`${source === 'record' ? 'record, ' : ''}${kind}`, dialect, outcome === 'ok' ? '' : outcome]
  const missing = missingParent === null ? '' : ` (its parent ${missingParent} has not arrived)`
  return `${name} [${what.filter((part) => part !== '').join(', ')}] ${id.slice(0, 16)}${missing}`
}

function detailsOf({ workflow, workflowFrom, part, usage, overtaken, rows }: ExplainedSpan): string[] {
  if (workflow === null) return []
  return [
    `task ${workflow} (${workflowFrom} workflow id)`,
    ...(part === null ? [] : [part]),
    ...(usage === null
      ? []
      : [
          `usage ${usage.promptTokens} + ${usage.completionTokens} (${usage.role}, ${usage.cacheSemantics}): ${usage.reason}`,
        ]),
    ...(overtaken === null ? [] : [overtaken]),
    ...rows.map((row) => `row ${row}`),
  ]
}
