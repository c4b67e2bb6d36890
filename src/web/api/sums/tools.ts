import { z } from 'zod'
import { readAgentReport, readToolReport } from '../../../queries/sums/reports.ts'
import type { AgentsAnswer, ToolsAnswer } from '../../answers/tools.ts'
import { type AnyRoute, apiRoute } from '../../api-route.ts'
import { isoTime, type PeriodParameters, periodOf, periodParameters } from '../../parameters.ts'
import { cellsOf, columnar } from '../../schemas/columns.ts'
import { agentReportRow, agentsSchema, toolReportRow, toolsSchema } from '../../schemas/report-schemas.ts'

const periodQuery: z.ZodType<PeriodParameters> = z.strictObject({ ...periodParameters })

/** Sums up the tool runs of a period. */
export const toolsRoute: AnyRoute = apiRoute<PeriodParameters, unknown, ToolsAnswer>({
  method: 'GET',
  path: '/api/tools',
  name: 'tools',
  summary: 'Sums up the tool runs that ended in a period, by tool, with the last error.',
  scopes: ['read'],
  query: periodQuery,
  answer: toolsSchema,
  async read({ database, query }) {
    const period = periodOf(query, '7d')
    const { rows, sql } = await readToolReport(database, period)
    const sum = sumOver(rows)
    return {
      ...columnar(toolReportRow, rows),
      since: isoTime(period.sinceMs),
      until: isoTime(period.untilMs),
      totals: { calls: sum('calls'), succeeded: sum('succeeded'), failed: sum('failed'), running: sum('running') },
      sql,
    }
  },
  async *csv({ database, query }) {
    const { rows } = await readToolReport(database, periodOf(query, '7d'))
    yield [toolReportRow.columns, ...rows.map((row) => cellsOf(toolReportRow, row))]
  },
})

/** Sums up the agents of a period. */
export const agentsRoute: AnyRoute = apiRoute<PeriodParameters, unknown, AgentsAnswer>({
  method: 'GET',
  path: '/api/agents',
  name: 'agents',
  summary: 'Sums up the agents that started in a period, and the calls that they made themselves in it.',
  scopes: ['read'],
  query: periodQuery,
  answer: agentsSchema,
  async read({ database, query }) {
    const period = periodOf(query, '7d')
    const { rows, sql } = await readAgentReport(database, period)
    const sum = sumOver(rows)
    return {
      ...columnar(agentReportRow, rows),
      since: isoTime(period.sinceMs),
      until: isoTime(period.untilMs),
      totals: {
        runs: sum('runs'),
        completed: sum('completed'),
        failed: sum('failed'),
        running: sum('running'),
        calls: sum('calls'),
        prompt_tokens: sum('prompt_tokens'),
        completion_tokens: sum('completion_tokens'),
        cost_nano_usd: rows.reduce((total, row) => total + BigInt(row.cost_nano_usd), 0n).toString(),
      },
      sql,
    }
  },
  async *csv({ database, query }) {
    const { rows } = await readAgentReport(database, periodOf(query, '7d'))
    yield [agentReportRow.columns, ...rows.map((row) => cellsOf(agentReportRow, row))]
  },
})

function sumOver<Row>(rows: readonly Row[]) {
  return (name: keyof Row): number => rows.reduce((total, row) => total + Number(row[name]), 0)
}
