/** A counted call: a row of `token_usage`. */
export interface CallRow {
  readonly id: string
  /** The span or record that the row is made of, where the ledger still has it. */
  readonly trace_id: string | null
  readonly provider: string
  readonly model: string
  readonly agent: string | null
  readonly ended_at: string
  readonly duration_ms: number | null
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly cache_read_tokens: number
  readonly cache_creation_tokens: number
  readonly reasoning_tokens: number | null
  readonly web_searches: number | null
  readonly service_tier: string | null
  readonly cost_nano_usd: string
  readonly unpriced: boolean
  readonly price_source: string | null
  /** Part → nano-dollars; they sum to `cost_nano_usd`. */
  readonly cost_parts: Readonly<Record<string, string>> | null
  readonly error: string | null
}

/** Sums over the rows of `calls`. */
export interface CallSums {
  readonly calls: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly cache_read_tokens: number
  readonly cache_creation_tokens: number
  readonly reasoning_tokens: number
  readonly web_searches: number
  readonly cost_nano_usd: string
  readonly unpriced_calls: number
}

/** A line of `by_model`: what the calls of one model came to. They sum to `sums`. */
export interface ModelSums extends CallSums {
  readonly provider: string
  readonly model: string
}

/** An agent's run: a row of `agent_executions`. */
export interface AgentRunRow {
  readonly id: string
  readonly agent: string
  readonly state: string | null
  readonly started_at: string
  readonly duration_ms: number | null
  readonly tokens_used: number
  readonly error: string | null
}

export interface Retry {
  readonly tool: string
  readonly attempts: number
  readonly success: boolean | null
  readonly error: string | null
  readonly ended_at: string
}

export interface ToolRunRow {
  readonly tool: string
  readonly success: boolean | null
  readonly duration_ms: number | null
  readonly input: string | null
  readonly output: string | null
  readonly error: string | null
}
