/** What the calls of one value come to, in all or on a day. */
export interface CallCosts {
  /** null: the calls that state none. */
  readonly key: string | null
  /** null where days are not told apart. */
  readonly day: string | null
  readonly calls: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly cache_read_tokens: number
  readonly cache_creation_tokens: number
  readonly reasoning_tokens: number
  /** Whole nano-dollars. */
  readonly cost_nano_usd: string
  readonly unpriced_calls: number
  readonly unpriced_tokens: number
}

/** A model's calls for which no price is known. */
export interface UnpricedModel {
  readonly model: string
  readonly calls: number
  readonly tokens: number
}

/** What the runs of one tool come to, with the last one that failed. */
export interface ToolReportRow {
  readonly tool: string
  readonly calls: number
  readonly succeeded: number
  readonly failed: number
  /** Neither: it runs. */
  readonly running: number
  readonly p50_ms: number | null
  readonly p95_ms: number | null
  readonly p99_ms: number | null
  readonly last_failed_at: string | null
  /** At most 500 characters. */
  readonly last_error: string | null
  /** The run of the last failure. */
  readonly last_failed_workflow_id: string | null
}

/** What the runs of one agent come to, with the calls that it made itself, and the last run that failed. */
export interface AgentReportRow {
  readonly agent: string
  readonly runs: number
  readonly completed: number
  readonly failed: number
  readonly running: number
  readonly p50_ms: number | null
  readonly p95_ms: number | null
  readonly p99_ms: number | null
  readonly calls: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly cost_nano_usd: string
  readonly last_failed_at: string | null
  readonly last_error: string | null
  readonly last_failed_workflow_id: string | null
}
