/** How a run stands. */
export type RunStatus = 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED'

/** A run in a list. */
export interface RunRow {
  /** The task's id. */
  readonly id: string
  readonly workflow_id: string
  readonly status: RunStatus
  /** At most 200 characters. */
  readonly query: string
  readonly user: string | null
  readonly session_id: string | null
  readonly mode: string | null
  readonly model_used: string | null
  readonly provider: string | null
  readonly started_at: string
  readonly completed_at: string | null
  readonly duration_ms: number | null
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly cost_nano_usd: string
  /** Calls without a known price, and calls of which nothing says what they used: neither is in the cost. */
  readonly unpriced_calls: number
  readonly uncounted_calls: number
  readonly agents_used: number
  readonly tools_invoked: number
  /** At most 200 characters. */
  readonly error_message: string | null
  readonly parent_workflow_id: string | null
  /** When its row was made. */
  readonly created_at: string
}

/** GET /api/facets: the values of a window that filters offer, the most frequent first. */
export interface FacetsAnswer {
  readonly status: readonly FacetValue[]
  readonly model: readonly FacetValue[]
  readonly provider: readonly FacetValue[]
  readonly user: readonly FacetValue[]
  readonly mode: readonly FacetValue[]
  readonly session: readonly FacetValue[]
  /** How many of the newest runs were looked at. */
  readonly of_runs: number
  readonly sql: string
}

export interface FacetValue {
  readonly value: string
  readonly count: number
}
