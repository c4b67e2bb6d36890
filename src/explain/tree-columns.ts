/** The spans of a run, column-wise: `column[i]` is of span i. Spans stand in pre-order: a parent before its children. */
export interface TreeColumns {
  readonly span_id: string[]
  /** The index into `traces`. */
  readonly trace: number[]
  /** The index of the parent; -1 for a root. */
  readonly parent: number[]
  readonly depth: number[]
  /** How many spans are below, so that what follows them is at i + size + 1. */
  readonly size: number[]
  /** Microseconds since the start of the run. The end of an open span is -1. */
  readonly start_us: number[]
  readonly end_us: number[]
  /** The index into `kinds`. */
  readonly kind: number[]
  /** The index into `names`. */
  readonly name: number[]
  /** The index into `models`; -1: none. */
  readonly model: number[]
  /** The index into `statuses`. */
  readonly status: number[]
  /** What the counted call used; of one that doesn't count, what it reports. */
  readonly prompt_tokens: number[]
  readonly completion_tokens: number[]
  /** Whole nano-dollars; 0 where the span doesn't count. */
  readonly cost_nano: number[]
  /** 1: the span has a row of `token_usage`. */
  readonly counted: number[]
  /** The index into `reasons`. */
  readonly reason: number[]
  /** Bits: 1 log record, 2 unpriced, 4 usage unknown, 8 parent missing, 16 tool run kept as another's row, 32 on the critical path. */
  readonly flags: number[]
}

/** Counted calls of a run: `spans[i]` is the index of the span of which `ids[i]`, a row of `token_usage`, is made. */
export interface TreeCalls {
  readonly ids: readonly string[]
  readonly spans: readonly number[]
}
