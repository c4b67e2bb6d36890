import { z } from 'zod'
import type { AgentReportRow, ToolReportRow } from '../../queries/rows/report-rows.ts'
import { costDimensions } from '../../queries/sums/cost-dimensions.ts'
import type {
  CostAnswer,
  CostBy,
  CostRow,
  CostSeriesAnswer,
  ReconciliationRow,
  ReconciliationsAnswer,
} from '../answers/costs.ts'
import type { AgentsAnswer, ToolsAnswer } from '../answers/tools.ts'
import {
  count,
  maybeCount,
  maybeText,
  maybeTime,
  money,
  type RowSchema,
  rowSchema,
  text,
  time,
  yes,
} from './columns.ts'

/** All that costs can be asked by. */
export const costBys: readonly CostBy[] = costDimensions.filter((by) => by !== 'tenant')
export const costBy: z.ZodType<CostBy> = z.enum(costBys)

export const costRow: RowSchema<CostRow> = rowSchema<CostRow>({
  key: maybeText,
  calls: count,
  runs: maybeCount,
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  cache_read_tokens: count,
  cache_creation_tokens: count,
  reasoning_tokens: count,
  cost_nano_usd: money,
  unpriced_calls: count,
  unpriced_tokens: count,
  previous_cost_nano_usd: money.nullable(),
})

const { key: _, ...totalsShape } = costRow.shape

export const cost: z.ZodType<CostAnswer> = z.strictObject({
  ...costRow.parts,
  by: costBy,
  since: time,
  until: time,
  previous_since: maybeTime,
  of: z.enum(['calls', 'runs']),
  totals: z.strictObject(totalsShape),
  unpriced: z.array(z.strictObject({ model: text, calls: count, tokens: count })),
  sql: text,
})

const lines = { cost_nano_usd: z.array(money), tokens: z.array(count), calls: z.array(count) }

export const costSeries: z.ZodType<CostSeriesAnswer> = z.strictObject({
  by: costBy,
  since: time,
  until: time,
  days: z.array(text),
  series: z.array(z.strictObject({ key: maybeText, other: yes, ...lines })),
  totals: z.strictObject(lines),
  sql: text,
})

export const toolRow: RowSchema<ToolReportRow> = rowSchema<ToolReportRow>({
  tool: text,
  calls: count,
  succeeded: count,
  failed: count,
  running: count,
  p50_ms: maybeCount,
  p95_ms: maybeCount,
  p99_ms: maybeCount,
  last_failed_at: maybeTime,
  last_error: maybeText,
  last_failed_workflow_id: maybeText,
})

export const tools: z.ZodType<ToolsAnswer> = z.strictObject({
  ...toolRow.parts,
  since: time,
  until: time,
  totals: z.strictObject({ calls: count, succeeded: count, failed: count, running: count }),
  sql: text,
})

export const agentSumsRow: RowSchema<AgentReportRow> = rowSchema<AgentReportRow>({
  agent: text,
  runs: count,
  completed: count,
  failed: count,
  running: count,
  p50_ms: maybeCount,
  p95_ms: maybeCount,
  p99_ms: maybeCount,
  calls: count,
  prompt_tokens: count,
  completion_tokens: count,
  cost_nano_usd: money,
  last_failed_at: maybeTime,
  last_error: maybeText,
  last_failed_workflow_id: maybeText,
})

export const agents: z.ZodType<AgentsAnswer> = z.strictObject({
  ...agentSumsRow.parts,
  since: time,
  until: time,
  totals: z.strictObject({
    runs: count,
    completed: count,
    failed: count,
    running: count,
    calls: count,
    prompt_tokens: count,
    completion_tokens: count,
    cost_nano_usd: money,
  }),
  sql: text,
})

export const reconciliationRow: RowSchema<ReconciliationRow> = rowSchema<ReconciliationRow>({
  id: text,
  reconciled_at: time,
  format: text,
  files: text,
  period_start: time,
  period_end: time,
  bill_nano_usd: money,
  ledger_nano_usd: money,
  difference_nano_usd: money,
  unexplained_nano_usd: money,
  within_tolerance: yes,
  reasons: z.array(z.strictObject({ code: text, text, nano_usd: money })),
})

export const reconciliations: z.ZodType<ReconciliationsAnswer> = z.strictObject({
  ...reconciliationRow.parts,
  last: z.array(reconciliationRow.one),
  sql: text,
})
