import { exactUsd } from '../../columns.ts'
import type { ExplainedSpan, ExplainedTrace } from '../../explain/explain-trace.ts'
import { callKinds, type Kind } from '../../map/facts/facts.ts'
import type { Column, Tone } from '../formats/table/column.ts'
import { countText, durationText, moneyText } from '../formats/table/human-texts.ts'

/** A span or log record of a run, in the order of the tree. */
export interface SpanRow {
  readonly span: ExplainedSpan
  readonly trace: string
  /** The id of the nearest span above that is shown; null for a root. */
  readonly parent: string | null
  /** The lines of the tree left of the name: `│  ├─ `. */
  readonly branch: string
  /** A sentence that stands below the span for people; null for the line of the span itself. */
  readonly detail: string | null
}

/**
 * Lays out the spans of a run as a tree, a row each, by the start of their roots. Spans that are nothing of a run and have
 * no usage are left out; what is below them stands below the nearest span that is shown.
 */
export function spanRows(traces: readonly ExplainedTrace[], workflow: string): SpanRow[] {
  const roots = traces.flatMap(({ trace, spans }) =>
    spans.flatMap((span) => shownBelow(span, workflow)).map((shown) => ({ trace, shown })),
  )
  return roots
    .toSorted((a, b) => (a.shown.span.startedAt < b.shown.span.startedAt ? -1 : 1))
    .flatMap(({ trace, shown }, i) =>
      rowsOf(shown, { trace, parent: null, indent: '', isLast: i === roots.length - 1 }),
    )
}

/** A span that is shown, and those below it that are. */
interface Shown {
  readonly span: ExplainedSpan
  readonly children: readonly Shown[]
}

function shownBelow(span: ExplainedSpan, workflow: string): readonly Shown[] {
  const children = span.children.flatMap((child) => shownBelow(child, workflow))
  return span.workflow === workflow && isShown(span) ? [{ span, children }] : children
}

function isShown({ source, kind, usage, unknownUsage, counted }: ExplainedSpan): boolean {
  const hasUsage = usage !== null || unknownUsage !== null || counted !== null
  return hasUsage || (source === 'span' && kind !== 'plain')
}

interface Place {
  readonly trace: string
  readonly parent: string | null
  readonly indent: string
  readonly isLast: boolean
}

function rowsOf({ span, children }: Shown, { trace, parent, indent, isLast }: Place): SpanRow[] {
  const below = `${indent}${isLast ? '   ' : '│  '}`
  const detail = reasonOf(span)
  const base = { span, trace, parent }
  return [
    { ...base, branch: `${indent}${isLast ? '└─' : '├─'} `, detail: null },
    ...(detail === null ? [] : [{ ...base, branch: `${below}${children.length > 0 ? '│' : ' '}  `, detail }]),
    ...children.flatMap((child, i) =>
      rowsOf(child, { trace, parent: span.id, indent: below, isLast: i === children.length - 1 }),
    ),
  ]
}

/** Why the usage of a span is no row, or what is missing of it; null for a span whose usage counts, or that has none. */
function reasonOf({ usage, unknownUsage, overtaken, counted }: ExplainedSpan): string | null {
  if (unknownUsage !== null) return `usage unknown: ${unknownUsage}`
  if (usage !== null && counted === null)
    return `${usage.promptTokens} + ${usage.completionTokens} tokens, ${usage.reason}`
  return overtaken
}

/** The columns of a run's spans. */
export const spanColumns: readonly Column<SpanRow>[] = [
  {
    name: 'name',
    head: 'SPAN',
    least: 24,
    value: ({ span }) => span.name,
    text: (row) => `${row.branch}${row.detail ?? `${row.span.name} ${kindText(row.span)}`}`,
    tone: toneOf,
  },
  column('kind', ({ span }) => span.kind),
  {
    ...column('duration_ms', ({ span }) => span.durationMs),
    head: 'DURATION',
    align: 'right',
    text: ({ span }) => durationText(span.durationMs),
    tone: () => 'faint',
  },
  {
    ...column('tokens', ({ span: { counted } }) => (counted === null ? null : tokensOf(counted))),
    head: 'TOKENS',
    align: 'right',
    text: ({ span: { counted } }) => (counted === null ? '' : countText(tokensOf(counted))),
  },
  {
    ...column('cost_usd', ({ span: { counted } }) => (counted === null ? null : exactUsd(BigInt(counted.costNanoUsd)))),
    head: 'COST',
    align: 'right',
    text: ({ span: { counted }, detail }) =>
      counted === null || detail !== null ? '' : counted.unpriced ? 'no price' : moneyText(BigInt(counted.costNanoUsd)),
  },
  column('cost_nano_usd', ({ span }) => span.counted?.costNanoUsd ?? null),
  column('prompt_tokens', ({ span }) => span.counted?.promptTokens ?? span.usage?.promptTokens ?? null),
  column('completion_tokens', ({ span }) => span.counted?.completionTokens ?? span.usage?.completionTokens ?? null),
  column('model', ({ span }) => span.counted?.model ?? null),
  column('counts', ({ span: { counted, usage } }) => (counted !== null ? true : usage === null ? null : false)),
  column('reason', ({ span }) => reasonOf(span) ?? span.usage?.reason ?? null),
  column('outcome', ({ span }) => span.outcome),
  column('started_at', ({ span }) => span.startedAt),
  column('dialect', ({ span }) => span.dialect),
  column('span_id', ({ span }) => span.id),
  column('parent_span_id', ({ parent }) => parent),
  column('trace_id', ({ trace }) => trace),
]

function column(name: string, value: Column<SpanRow>['value']): Column<SpanRow> {
  return { name, value }
}

function tokensOf({ promptTokens, completionTokens }: NonNullable<ExplainedSpan['counted']>): number {
  return promptTokens + completionTokens
}

/** `[llm, failed]`. */
function kindText({ source, kind, outcome }: ExplainedSpan): string {
  const parts = [source === 'record' ? 'record' : '', kind, outcome === 'ok' ? '' : outcome]
  return `[${parts.filter((part) => part !== '').join(', ')}]`
}

/** What doesn't count is grey, what failed red, what runs blue. */
function toneOf({ span, detail }: SpanRow): Tone | undefined {
  if (detail !== null || (span.usage !== null && span.counted === null && callKinds.has(span.kind as Kind)))
    return 'faint'
  if (span.outcome === 'error') return 'bad'
  return span.outcome === 'open' ? 'busy' : undefined
}
