import type { Database } from '../../store/database.ts'
import { filledIn } from '../filled-in.ts'
import { readOnly } from '../read-only.ts'
import type { AgentReportRow, CallCosts, ToolReportRow, UnpricedModel } from '../rows/report-rows.ts'
import { queryStatement } from '../statements.ts'
import { timeOf } from '../times.ts'
import type { CostDimension } from './cost-dimensions.ts'
import type { ReportTime } from './report-time.ts'
import { sumAgents } from './sum-agents.ts'
import { sumCalls, sumUnpriced } from './sum-calls.ts'

/** Rows, and the statement that reads them. */
export interface Report<Row> {
  readonly rows: readonly Row[]
  readonly sql: string
}

/** Sums up the calls that ended in a period by one dimension, the dearest first, days in their order. */
export async function readCallCosts(
  database: Database,
  by: Exclude<CostDimension, 'tenant'>,
  { sinceMs, untilMs, isByDay }: ReportTime & { readonly isByDay: boolean },
): Promise<Report<CallCosts>> {
  const period = { sinceMs, untilMs, timeZone: 'UTC', isByDay }
  const rows = await readOnly(database, (session) => sumCalls(session, by, period))
  // the statement for people sums up the calls themselves, which comes to the same
  const sql = filledIn(queryStatement('cost_rows'), [by, timeOf(sinceMs), timeOf(untilMs), isByDay, 'UTC'])
  const isOfDays = by === 'day'
  return { rows: rows.toSorted((a, b) => (isOfDays ? compareKeys(a, b) : compareCosts(a, b))), sql }
}

function compareKeys(a: CallCosts, b: CallCosts): number {
  return (a.key ?? '') < (b.key ?? '') ? -1 : 1
}

function compareCosts(a: CallCosts, b: CallCosts): number {
  const difference = BigInt(b.cost_nano_usd) - BigInt(a.cost_nano_usd)
  if (difference !== 0n) return difference > 0n ? 1 : -1
  return b.total_tokens - a.total_tokens || compareKeys(a, b)
}

/** Sums up the tool runs that ended in a period, the most used tool first. */
export async function readToolReport(
  database: Database,
  { sinceMs, untilMs }: ReportTime,
): Promise<Report<ToolReportRow>> {
  const values = [timeOf(sinceMs), timeOf(untilMs)]
  const sql = queryStatement('tool_rows')
  const rows = await readOnly(database, (session) => session.query<ToolReportRow>(sql, values))
  return { rows, sql: filledIn(sql, values) }
}

/** Sums up the agents of a period, the dearest first. The statement is that of their runs. */
export async function readAgentReport(
  database: Database,
  { sinceMs, untilMs }: ReportTime,
): Promise<Report<AgentReportRow>> {
  const sql = filledIn(queryStatement('agent_rows'), [timeOf(sinceMs), timeOf(untilMs)])
  return { rows: await readOnly(database, (session) => sumAgents(session, { sinceMs, untilMs })), sql }
}

/** The models of the calls of a period for which no price is known. */
export function readUnpriced(database: Database, { sinceMs, untilMs }: ReportTime): Promise<UnpricedModel[]> {
  return readOnly(database, (session) => sumUnpriced(session, { sinceMs, untilMs }))
}
