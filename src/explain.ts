import { Misconfigured } from './errors.ts'
import { createPrices } from './map/prices.ts'
import { openDatabase } from './receiver.ts'
import type { Config } from './settings.ts'
import * as settling from './settle/settling.ts'
import type { Node, Trace } from './settle/trace.ts'
import { recallTraces } from './store/recall.ts'

/**
 * The span tree of a trace, or of all traces of a workflow, as text: what each span was taken for, whose task it is,
 * the rows that it made, and whether its usage counted and why.
 */
export async function explain(config: Config, id: string): Promise<string> {
  const onMake = () => {
    throw new Misconfigured(`there is no embedded database in ${config.dataDir}, and DATABASE_URL is not set`)
  }
  await using database = await openDatabase(config, { alone: false, onMake })
  const { price } = createPrices(config.prices)
  const traces = await recallTraces(database, settling, price, id)
  if (traces.length === 0) return `Nothing is known of a trace or workflow ${id}.`
  return traces.map(explainTrace).join('\n\n')
}

/** One trace as a tree, a span a line and its details below it. */
export function explainTrace(trace: Trace): string {
  const roots = [...trace.nodes.values()].filter(({ parent }) => parent === null).sort(inTime)
  const whose = trace.run ? '' : ": nobody's run so far, so it makes no rows"
  return [`trace ${trace.id}${whose}`, ...roots.flatMap((root) => branch(trace, root, '', true))].join('\n')
}

function branch(trace: Trace, node: Node, indent: string, isLast: boolean): string[] {
  const below = `${indent}${isLast ? '   ' : '│  '}`
  const children = [...node.children].sort(inTime)
  const details = detailsOf(trace, node).map((detail) => `${below}${children.length > 0 ? '│' : ' '} ${detail}`)
  return [
    `${indent}${isLast ? '└─' : '├─'} ${headline(node)}`,
    ...details,
    ...children.flatMap((child, i) => branch(trace, child, below, i === children.length - 1)),
  ]
}

function headline({ facts, parent, cut }: Node): string {
  const dialect = facts.dialect === '' ? '' : `, ${facts.dialect}`
  const missing = parent === null && facts.parent !== '' && !cut ? ` (its parent ${facts.parent} has not arrived)` : ''
  const outcome = facts.outcome === 'ok' ? '' : `, ${facts.outcome}`
  return `${facts.name} [${facts.source === 'record' ? 'record, ' : ''}${facts.kind}${dialect}${outcome}] ${facts.id.slice(0, 16)}${missing}`
}

function detailsOf(trace: Trace, node: Node): string[] {
  if (!trace.run) return []
  const { rows, facts } = node
  const source = facts.workflowId !== null ? 'its own' : node.workflow !== null ? "an ancestor's" : "the trace's"
  const made = [
    ...(rows?.usage
      ? [
          `token_usage ${rows.usage.model} ${rows.usage.prompt} + ${rows.usage.completion} tokens, $${settling.usd(rows.usage.costNano)}${rows.usage.unpriced ? ' (no price is known)' : ''}`,
        ]
      : []),
    ...(rows?.tools ?? []).map(
      (tool) => `tool_executions ${tool.name}${tool.source === 'messages' ? ' (told by messages)' : ''}`,
    ),
    ...(rows?.agent ? [`agent_executions ${rows.agent.name}`] : []),
    ...(rows && rows.events.length > 0 ? [`event_logs ${rows.events.map(({ fact }) => fact.type).join(', ')}`] : []),
  ]
  const { usage } = facts
  const reason = settling.reasonOf(trace, node)
  return [
    `task ${settling.workflowOf(trace, node)} (${source} workflow id)`,
    ...(usage === null
      ? []
      : [`usage ${usage.prompt} + ${usage.completion} (${usage.role}, ${usage.cacheSemantics}): ${reason}`]),
    ...made.map((row) => `row ${row}`),
  ]
}

function inTime({ facts: a }: Node, { facts: b }: Node): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1
  return a.id < b.id ? -1 : 1
}
