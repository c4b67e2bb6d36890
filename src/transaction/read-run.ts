import type { Database } from '../store/database.ts'
import { statement } from './statements.ts'

/** What the tables say of one run of the default tenant, by table: no row of `task_executions` where it isn't there. */
export interface RunRows {
  readonly task_executions: readonly TaskLine[]
  /** In their order by `seq`. */
  readonly event_logs: readonly EventLine[]
  /** In the order in which the calls ended. */
  readonly token_usage: readonly UsageLine[]
  /** In the order in which they ended. */
  readonly tool_executions: readonly ToolLine[]
}

export interface TaskLine {
  readonly workflow_id: string
  /** As spans name the user. */
  readonly user_id: string | null
  readonly status: string
  readonly query: string
  readonly result: string | null
  readonly duration_ms: number | null
  readonly agents_used: number
  readonly tools_invoked: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  /** A whole number, as text. */
  readonly cost_nano_usd: string
}

export interface EventLine {
  /** Since the task started. */
  readonly after_ms: number
  readonly type: string
  readonly agent_id: string | null
  readonly message: string
}

export interface UsageLine {
  readonly agent_id: string | null
  readonly provider: string
  readonly model: string
  readonly prompt_tokens: number
  readonly cache_read_tokens: number
  readonly completion_tokens: number
  /** A whole number, as text. */
  readonly cost_nano_usd: string
}

export interface ToolLine {
  readonly agent_id: string | null
  readonly tool_name: string
  readonly success: boolean | null
  readonly duration_ms: number | null
  readonly output: string | null
  readonly error: string | null
}

/** Reads all rows of a run in one transaction. */
export function readRun(database: Database, workflowId: string): Promise<RunRows> {
  return database.transaction(async (session) => ({
    task_executions: await session.query<TaskLine>(statement('run_task'), [workflowId]),
    event_logs: await session.query<EventLine>(statement('run_events'), [workflowId]),
    token_usage: await session.query<UsageLine>(statement('run_usage'), [workflowId]),
    tool_executions: await session.query<ToolLine>(statement('run_tools'), [workflowId]),
  }))
}
