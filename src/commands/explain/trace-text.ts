import type { ExplainedSpan, ExplainedTrace } from '../../explain/explain-trace.ts'
import { escapedText } from '../../terminal-text.ts'
import { costGapsText } from '../formats/cost-gaps.ts'

/** Writes a trace as a tree for a terminal: a span on each line, its details below it. */
export function traceText({ trace, run, repeats, costGaps, spans }: ExplainedTrace): string {
  const whose = !run
    ? ": nobody's run so far, so it makes no rows"
    : repeats
      ? ": nobody's run, because it only repeats calls of other traces, so it makes no rows"
      : ''
  const gaps = costGaps.length === 0 ? [] : [`not in its cost: ${escapedText(costGapsText(costGaps))}`]
  return [`trace ${trace}${whose}`, ...spans.flatMap((span) => branch(span, '', true)), ...gaps].join('\n')
}

function branch(span: ExplainedSpan, indent: string, isLast: boolean): string[] {
  const { children } = span
  const below = `${indent}${isLast ? '   ' : '│  '}`
  const details = detailsOf(span).map((detail) => `${below}${children.length > 0 ? '│' : ' '} ${escapedText(detail)}`)
  return [
    `${indent}${isLast ? '└─' : '├─'} ${escapedText(headline(span))}`,
    ...details,
    ...children.flatMap((child, i) => branch(child, below, i === children.length - 1)),
  ]
}

function headline({ id, source, name, kind, dialect, outcome, missingParent }: ExplainedSpan): string {
  const what = [`${source === 'record' ? 'record, ' : ''}${kind}`, dialect, outcome === 'ok' ? '' : outcome]
  const missing = missingParent === null ? '' : ` (its parent ${missingParent} has not arrived)`
  return `${name} [${what.filter((part) => part !== '').join(', ')}] ${id.slice(0, 16)}${missing}`
}

function detailsOf(span: ExplainedSpan): string[] {
  const { workflow, workflowFrom, part, usage, unknownUsage, unreadUsage, overtaken, rows } = span
  const unread =
    unreadUsage.length === 0
      ? []
      : [`no dialect reads ${unreadUsage.join(', ')}: if it is usage, the setting attributes says which`]
  if (workflow === null) return unread
  return [
    `task ${workflow} (${workflowFrom} workflow id)`,
    ...(part === null ? [] : [part]),
    ...(usage === null
      ? []
      : [
          `usage ${usage.promptTokens} + ${usage.completionTokens} (${usage.role}, ${usage.cacheSemantics}): ${usage.reason}`,
        ]),
    ...(unknownUsage === null ? [] : [`usage unknown: ${unknownUsage}`]),
    ...unread,
    ...(overtaken === null ? [] : [overtaken]),
    ...rows.map((row) => `row ${row}`),
  ]
}
