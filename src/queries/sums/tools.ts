import type { Database } from '../../store/database.ts'
import { readOnly } from '../read-only.ts'
import { queryStatement } from '../statements.ts'
import { timeOf } from '../times.ts'
import type { ReportTime } from './report-time.ts'
import { sumAgents } from './sum-agents.ts'

/** The runs of one tool. Percentiles are over the runs that state a duration. */
export interface ToolSums {
  readonly tool: string
  readonly calls: number
  readonly succeeded: number
  readonly failed: number
  readonly p50_ms: number | null
  readonly p95_ms: number | null
  readonly p99_ms: number | null
  /** RFC 3339. */
  readonly last_failed_at: string | null
  readonly last_error: string | null
}

/** The runs of one agent, and the calls that it made itself. */
export interface AgentSums {
  readonly agent: string
  readonly runs: number
  readonly completed: number
  readonly failed: number
  readonly p50_ms: number | null
  readonly p95_ms: number | null
  readonly p99_ms: number | null
  readonly calls: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly costNano: bigint
}

type WithTextCounts<Row, Count extends keyof Row> = Omit<Row, Count> & Readonly<Record<Count, string>>

/** Sums up the tool runs that ended in a period, the most used tool first. */
export async function readTools(database: Database, { sinceMs, untilMs }: ReportTime): Promise<ToolSums[]> {
  const rows = await readOnly(database, (session) =>
    session.query<WithTextCounts<ToolSums, 'calls' | 'succeeded' | 'failed'>>(queryStatement('tools'), [
      timeOf(sinceMs),
      timeOf(untilMs),
    ]),
  )
  return rows.map((row) => ({
    ...row,
    calls: Number(row.calls),
    succeeded: Number(row.succeeded),
    failed: Number(row.failed),
  }))
}

/** Sums up the agents that started in a period and the calls that they made in it, the dearest first. */
export async function readAgents(database: Database, period: ReportTime): Promise<AgentSums[]> {
  const rows = await readOnly(database, (session) => sumAgents(session, period))
  return rows.map(({ cost_nano_usd: nano, ...row }) => ({
    agent: row.agent,
    runs: row.runs,
    completed: row.completed,
    failed: row.failed,
    p50_ms: row.p50_ms,
    p95_ms: row.p95_ms,
    p99_ms: row.p99_ms,
    calls: row.calls,
    prompt_tokens: row.prompt_tokens,
    completion_tokens: row.completion_tokens,
    costNano: BigInt(nano),
  }))
}
