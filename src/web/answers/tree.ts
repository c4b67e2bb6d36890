import type { TreeCalls, TreeColumns } from '../../explain/tree-columns.ts'

/** The kinds of a span, by the index in `TreeColumns.kind`. */
export type SpanKind = 'agent' | 'model' | 'tool' | 'other'

/** GET /api/workflows/{id}/tree */
export interface TreeAnswer {
  readonly workflow_id: string
  /** The start of the first span: offsets count from here. */
  readonly started_at: string
  readonly count: number
  /** Spans that are not in the answer, because there are more than 100,000. */
  readonly left_out: number
  /** false: the ledger keeps these spans no longer; the rows of the run are in `columns` then, without parents. */
  readonly kept: boolean
  readonly traces: readonly string[]
  readonly kinds: readonly SpanKind[]
  readonly names: readonly string[]
  readonly models: readonly string[]
  readonly statuses: readonly string[]
  readonly reasons: readonly TreeReason[]
  readonly columns: { readonly [Name in keyof TreeColumns]: readonly TreeColumns[Name][number][] }
  /** The spans of the first 1,000 counted calls, by their end. */
  readonly calls: TreeCalls
  /** Sums over the counted spans of `columns`. */
  readonly sums: {
    readonly calls: number
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly cost_nano_usd: string
  }
  readonly sql: string
}

export interface TreeReason {
  readonly code: SpanReasonCode
  /** A sentence without the names of other spans: those are in the span's own answer. */
  readonly text: string
}

/** Why a span counts or doesn't. */
export type SpanReasonCode =
  | 'no-usage'
  | 'counts'
  | 'counts-for-others'
  | 'counts-as-sum'
  | 'copy'
  | 'same-call'
  | 'same-call-by-id'
  | 'same-call-in-workflow'
  | 'call-below'
  | 'better-report-below'
  | 'better-report-above'
  | 'unknown-usage'
  | 'usage-in-other-report'
