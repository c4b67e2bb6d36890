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
  maybeCount,
  maybeText,
  maybeTime,
  nanoDollars,
  type RowSchema,
  rowSchema,
  text,
  time,
  wholeNumber,
  yes,
} from './columns.ts'

/** All that costs can be asked by. */
export const costBys: readonly CostBy[] = costDimensions.filter((by) => by !== 'tenant')
export const costBy: z.ZodType<CostBy> = z.enum(costBys)

export const costRow: RowSchema<CostRow> = rowSchema<CostRow>({
  key: maybeText,
  calls: wholeNumber,
  runs: maybeCount,
  prompt_tokens: wholeNumber,
  completion_tokens: wholeNumber,
  total_tokens: wholeNumber,
  cache_read_tokens: wholeNumber,
  cache_creation_tokens: wholeNumber,
  reasoning_tokens: wholeNumber,
  cost_nano_usd: nanoDollars,
  unpriced_calls: wholeNumber,
  unpriced_tokens: wholeNumber,
  previous_cost_nano_usd: nanoDollars.nullable(),
})

const { key: _, ...totalsShape } = costRow.shape

export const costSchema: z.ZodType<CostAnswer> = z.strictObject({
  ...costRow.parts,
  by: costBy,
  since: time,
  until: time,
  previous_since: maybeTime,
  of: z.enum(['calls', 'runs']),
  totals: z.strictObject(totalsShape),
  unpriced: z.array(z.strictObject({ model: text, calls: wholeNumber, tokens: wholeNumber })),
  sql: text,
})

const lines = { cost_nano_usd: z.array(nanoDollars), tokens: z.array(wholeNumber), calls: z.array(wholeNumber) }

export const costSeriesSchema: z.ZodType<CostSeriesAnswer> = z.strictObject({
  by: costBy,
  since: time,
  until: time,
  days: z.array(text),
  series: z.array(z.strictObject({ key: maybeText, other: yes, ...lines })),
  totals: z.strictObject(lines),
  sql: text,
})

export const toolReportRow: RowSchema<ToolReportRow> = rowSchema<ToolReportRow>({
  tool: text,
  calls: wholeNumber,
  succeeded: wholeNumber,
  failed: wholeNumber,
  running: wholeNumber,
  p50_ms: maybeCount,
  p95_ms: maybeCount,
  p99_ms: maybeCount,
  last_failed_at: maybeTime,
  last_error: maybeText,
  last_failed_workflow_id: maybeText,
})

export const toolsSchema: z.ZodType<ToolsAnswer> = z.strictObject({
  ...toolReportRow.parts,
  since: time,
  until: time,
  totals: z.strictObject({ calls: wholeNumber, succeeded: wholeNumber, failed: wholeNumber, running: wholeNumber }),
  sql: text,
})

export const agentReportRow: RowSchema<AgentReportRow> = rowSchema<AgentReportRow>({
  agent: text,
  runs: wholeNumber,
  completed: wholeNumber,
  failed: wholeNumber,
  running: wholeNumber,
  p50_ms: maybeCount,
  p95_ms: maybeCount,
  p99_ms: maybeCount,
  calls: wholeNumber,
  prompt_tokens: wholeNumber,
  completion_tokens: wholeNumber,
  cost_nano_usd: nanoDollars,
  last_failed_at: maybeTime,
  last_error: maybeText,
  last_failed_workflow_id: maybeText,
})

export const agentsSchema: z.ZodType<AgentsAnswer> = z.strictObject({
  ...agentReportRow.parts,
  since: time,
  until: time,
  totals: z.strictObject({
    runs: wholeNumber,
    completed: wholeNumber,
    failed: wholeNumber,
    running: wholeNumber,
    calls: wholeNumber,
    prompt_tokens: wholeNumber,
    completion_tokens: wholeNumber,
    cost_nano_usd: nanoDollars,
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
  bill_nano_usd: nanoDollars,
  ledger_nano_usd: nanoDollars,
  difference_nano_usd: nanoDollars,
  unexplained_nano_usd: nanoDollars,
  within_tolerance: yes,
  reasons: z.array(z.strictObject({ code: text, text, nano_usd: nanoDollars })),
})

export const reconciliationsSchema: z.ZodType<ReconciliationsAnswer> = z.strictObject({
  ...reconciliationRow.parts,
  last: z.array(reconciliationRow.one),
  sql: text,
})
