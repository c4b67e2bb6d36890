import { readFileSync } from 'node:fs'

/** What the tests of this room use of a recording's `expect.json`. */
export interface Expected {
  readonly tasks: readonly ExpectedTask[]
}

export interface ExpectedTask {
  readonly workflow_id: string
  readonly trace_ids: readonly string[]
  readonly status: string
  readonly user_id: string
  readonly session_id: string
  readonly query: string | null
  readonly result: string | null
  readonly agents: readonly string[] | null
  readonly token_usage: readonly ExpectedUsage[]
  readonly tools: readonly ExpectedTool[]
}

export interface ExpectedUsage {
  readonly kind?: string
  readonly provider: string
  readonly model: string
  readonly prompt_tokens: number
  readonly completion_tokens: number | null
  readonly cache_read_tokens: number | null
  readonly reasoning_tokens: number | null
  readonly span: string
  readonly response_id?: string
  readonly cost_usd: number
}

export interface ExpectedTool {
  readonly tool_name: string
  readonly arguments: unknown
  readonly success: boolean | null
  readonly error: string | null
  readonly call_id: string | null
  readonly source: string
  readonly span: string | null
}

export function expected(recording: string): Expected {
  return JSON.parse(
    readFileSync(new URL(`../recordings/${recording}/expect.json`, import.meta.url), 'utf8'),
  ) as Expected
}
