import type { AgentReportRow, ToolReportRow } from '../../queries/rows/report-rows.ts'
import type { Columnar } from './common.ts'

/** GET /api/tools?since=&until= */
export interface ToolsAnswer extends Columnar<ToolReportRow> {
  readonly since: string
  readonly until: string
  readonly totals: {
    readonly calls: number
    readonly succeeded: number
    readonly failed: number
    readonly running: number
  }
  readonly sql: string
}

/** GET /api/agents?since=&until= */
export interface AgentsAnswer extends Columnar<AgentReportRow> {
  readonly since: string
  readonly until: string
  readonly totals: {
    readonly runs: number
    readonly completed: number
    readonly failed: number
    readonly running: number
    readonly calls: number
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly cost_nano_usd: string
  }
  readonly sql: string
}
