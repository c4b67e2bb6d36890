/** The kinds of a span, by the index in `TreeColumns.kind`. */
export type SpanKind = 'agent' | 'model' | 'tool' | 'other'

/** The spans of a run, column-wise: `column[i]` is of span i. Spans stand in pre-order: a parent before its children. */
export interface TreeColumns {
  readonly span_id: readonly string[]
  /** The index into `traces`. */
  readonly trace: readonly number[]
  /** The index of the parent; -1 for a root. */
  readonly parent: readonly number[]
  readonly depth: readonly number[]
  /** How many spans are below, so that what follows them is at i + size + 1. */
  readonly size: readonly number[]
  /** Microseconds since `started_at`. The end of an open span is -1. */
  readonly start_us: readonly number[]
  readonly end_us: readonly number[]
  /** The index into `kinds`. */
  readonly kind: readonly number[]
  /** The index into `names`. */
  readonly name: readonly number[]
  /** The index into `models`; -1: none. */
  readonly model: readonly number[]
  /** The index into `statuses`. */
  readonly status: readonly number[]
  /** What the counted call used; of one that doesn't count, what it reports. */
  readonly prompt_tokens: readonly number[]
  readonly completion_tokens: readonly number[]
  /** Whole nano-dollars; 0 where the span doesn't count. */
  readonly cost_nano: readonly number[]
  /** 1: the span has a row of `token_usage`. */
  readonly counted: readonly number[]
  /** The index into `reasons`. */
  readonly reason: readonly number[]
  /** Bits: 1 log record, 2 unpriced, 4 usage unknown, 8 parent missing, 16 tool run kept as another's row, 32 on the critical path. */
  readonly flags: readonly number[]
}

/** GET /api/workflows/{id}/tree */
export interface Tree {
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
  readonly columns: TreeColumns
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
  readonly code: ReasonCode
  /** A sentence without the names of other spans: those are in the span's own answer. */
  readonly text: string
}

/** Why a span counts or doesn't. */
export type ReasonCode =
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
