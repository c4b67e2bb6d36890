import { type CostGap, joinCostGaps } from '../../settle/share/cost-gaps.ts'
import type { Database } from '../../store/database.ts'
import { statement } from '../statements.ts'

/** The rows of one run, by table. A run that does not exist has no row in `task_executions`. */
export interface RunRows {
  readonly task_executions: readonly TaskLine[]
  /** Sorted by `seq`. */
  readonly event_logs: readonly EventLine[]
  /** Sorted by the end of the calls. */
  readonly token_usage: readonly UsageLine[]
  /** Sorted by the end of the tool runs. */
  readonly tool_executions: readonly ToolLine[]
}

/** A row of `task_executions`. */
export interface TaskLine {
  readonly workflow_id: string
  /** The user's id as spans name it. */
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
  readonly metadata: TaskMetadata | null
}

/** What `metadata` says of calls that are missing in the sums of money. */
export interface TaskMetadata {
  readonly unpriced_models?: Readonly<Record<string, { readonly calls: number; readonly tokens: number }>>
  readonly uncounted_models?: Readonly<Record<string, { readonly calls: number }>>
}

/** Returns the calls that are missing in the sums of money of a task, by its metadata. */
export function costGapsOf(metadata: TaskMetadata | null): CostGap[] {
  const { unpriced_models: unpriced = {}, uncounted_models: uncounted = {} } = metadata ?? {}
  return [
    ...Object.entries(unpriced).map(([model, sums]): CostGap => ({ why: 'unpriced', model, ...sums })),
    ...Object.entries(uncounted).map(([model, { calls }]): CostGap => ({ why: 'uncounted', model, calls, tokens: 0 })),
  ]
}

/** A row of `event_logs`. */
export interface EventLine {
  /** Milliseconds since the task started. */
  readonly after_ms: number
  readonly type: string
  readonly agent_id: string | null
  readonly message: string
}

/** A row of `token_usage`. */
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

/** A row of `tool_executions`. */
export interface ToolLine {
  readonly agent_id: string | null
  readonly tool_name: string
  readonly success: boolean | null
  readonly duration_ms: number | null
  readonly output: string | null
  readonly error: string | null
}

/** Reads which calls are missing in the sums of money of the newest 1,000 tasks. */
export async function readCostGaps(database: Database): Promise<CostGap[]> {
  const rows = await database.transaction((session) =>
    session.query<{ metadata: TaskMetadata }>(statement('cost_gaps')),
  )
  return joinCostGaps(rows.flatMap(({ metadata }) => costGapsOf(metadata)))
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
