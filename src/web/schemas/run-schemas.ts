import { z } from 'zod'
import type { AgentRunRow, CallRow, CallSums, ModelSums, Retry } from '../../queries/rows/call-rows.ts'
import type { FacetsAnswer, FacetValue, RunRow, RunStatus } from '../../queries/rows/run-rows.ts'
import type { RunAnswer } from '../answers/run.ts'
import type { CloseAnswer, RunLink, RunsAnswer } from '../answers/runs.ts'
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

export const runStatus: z.ZodType<RunStatus> = z.enum(['RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'])

export const runRow: RowSchema<RunRow> = rowSchema<RunRow>({
  id: text,
  workflow_id: text,
  status: runStatus,
  query: text,
  user: maybeText,
  session_id: maybeText,
  mode: maybeText,
  model_used: maybeText,
  provider: maybeText,
  started_at: time,
  completed_at: maybeTime,
  duration_ms: maybeCount,
  prompt_tokens: wholeNumber,
  completion_tokens: wholeNumber,
  total_tokens: wholeNumber,
  cost_nano_usd: nanoDollars,
  unpriced_calls: wholeNumber,
  uncounted_calls: wholeNumber,
  agents_used: wholeNumber,
  tools_invoked: wholeNumber,
  error_message: maybeText,
  parent_workflow_id: maybeText,
  created_at: time,
})

export const runsSchema: z.ZodType<RunsAnswer> = z.strictObject({
  ...runRow.parts,
  next: maybeText,
  previous: maybeText,
  more: yes,
  count: wholeNumber,
  count_is_least: yes,
  bounded_since: maybeTime,
  sql: text,
})

const facetValues: z.ZodType<FacetValue[]> = z.array(z.strictObject({ value: text, count: wholeNumber }))

export const facetsSchema: z.ZodType<FacetsAnswer> = z.strictObject({
  status: facetValues,
  model: facetValues,
  provider: facetValues,
  user: facetValues,
  mode: facetValues,
  session: facetValues,
  of_runs: wholeNumber,
  sql: text,
})

export const runLink: z.ZodType<RunLink> = z.strictObject({
  workflow_id: text,
  status: runStatus,
  query: text,
  started_at: time,
  duration_ms: maybeCount,
  total_tokens: wholeNumber,
  cost_nano_usd: nanoDollars,
})

export const callRow: RowSchema<CallRow> = rowSchema<CallRow>({
  id: text,
  trace_id: maybeText,
  provider: text,
  model: text,
  agent: maybeText,
  ended_at: time,
  duration_ms: maybeCount,
  prompt_tokens: wholeNumber,
  completion_tokens: wholeNumber,
  total_tokens: wholeNumber,
  cache_read_tokens: wholeNumber,
  cache_creation_tokens: wholeNumber,
  reasoning_tokens: maybeCount,
  web_searches: maybeCount,
  service_tier: maybeText,
  cost_nano_usd: nanoDollars,
  unpriced: yes,
  price_source: maybeText,
  cost_parts: z.record(z.string(), nanoDollars).nullable(),
  error: maybeText,
})

const sumsShape: { readonly [Name in keyof CallSums]: z.ZodType<CallSums[Name]> } = {
  calls: wholeNumber,
  prompt_tokens: wholeNumber,
  completion_tokens: wholeNumber,
  total_tokens: wholeNumber,
  cache_read_tokens: wholeNumber,
  cache_creation_tokens: wholeNumber,
  reasoning_tokens: wholeNumber,
  web_searches: wholeNumber,
  cost_nano_usd: nanoDollars,
  unpriced_calls: wholeNumber,
}

const modelSums: z.ZodType<ModelSums> = z.strictObject({ provider: text, model: text, ...sumsShape })

const agentRow: z.ZodType<AgentRunRow> = z.strictObject({
  id: text,
  agent: text,
  state: maybeText,
  started_at: time,
  duration_ms: maybeCount,
  tokens_used: wholeNumber,
  error: maybeText,
})

const retry: z.ZodType<Retry> = z.strictObject({
  tool: text,
  attempts: wholeNumber,
  success: z.boolean().nullable(),
  error: maybeText,
  ended_at: time,
})

export const runSchema: z.ZodType<RunAnswer> = z.strictObject({
  run: z.strictObject({ ...runRow.shape, result: maybeText, metadata: z.record(z.string(), z.unknown()) }),
  tenant: text,
  seq: text,
  sums: z.strictObject(sumsShape),
  by_model: z.array(modelSums),
  calls: z.strictObject(callRow.parts),
  calls_more: yes,
  cost_parts: z.array(text),
  agents: z.array(agentRow),
  parent: runLink.nullable(),
  parent_workflow_id: maybeText,
  children: z.array(runLink),
  siblings: z.array(runLink),
  relatives_more: yes,
  retries: z.array(retry),
  session: z.array(runLink),
  sql: text,
})

export const closeSchema: z.ZodType<CloseAnswer> = z.strictObject({ workflow_id: text, status: runStatus })
