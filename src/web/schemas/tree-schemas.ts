import { z } from 'zod'
import type { SpanAnswer } from '../answers/span.ts'
import type { SpanReasonCode, TreeAnswer } from '../answers/tree.ts'
import { maybeCount, maybeText, maybeTime, nanoDollars, text, time, wholeNumber, yes } from './columns.ts'
import { callRow } from './run-schemas.ts'

const reasonCode: z.ZodType<SpanReasonCode> = z.enum([
  'no-usage',
  'counts',
  'counts-for-others',
  'counts-as-sum',
  'copy',
  'same-call',
  'same-call-by-id',
  'same-call-in-workflow',
  'call-below',
  'better-report-below',
  'better-report-above',
  'unknown-usage',
  'usage-in-other-report',
])

const counts: z.ZodType<number[]> = z.array(wholeNumber)

export const treeSchema: z.ZodType<TreeAnswer> = z.strictObject({
  workflow_id: text,
  started_at: time,
  count: wholeNumber,
  left_out: wholeNumber,
  kept: yes,
  traces: z.array(text),
  kinds: z.array(z.enum(['agent', 'model', 'tool', 'other'])),
  names: z.array(text),
  models: z.array(text),
  statuses: z.array(text),
  reasons: z.array(z.strictObject({ code: reasonCode, text })),
  columns: z.strictObject({
    span_id: z.array(text),
    trace: counts,
    parent: counts,
    depth: counts,
    size: counts,
    start_us: counts,
    end_us: counts,
    kind: counts,
    name: counts,
    model: counts,
    status: counts,
    prompt_tokens: counts,
    completion_tokens: counts,
    cost_nano: counts,
    counted: counts,
    reason: counts,
    flags: counts,
  }),
  calls: z.strictObject({ ids: z.array(text), spans: counts }),
  sums: z.strictObject({
    calls: wholeNumber,
    prompt_tokens: wholeNumber,
    completion_tokens: wholeNumber,
    cost_nano_usd: nanoDollars,
  }),
  sql: text,
})

const messagePart = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text }),
  z.strictObject({ type: z.literal('reasoning'), text }),
  z.strictObject({ type: z.literal('tool_call'), id: text, name: text, arguments: text }),
  z.strictObject({ type: z.literal('tool_result'), id: text, result: text }),
  z.strictObject({ type: z.literal('other'), text }),
])

export const spanSchema: z.ZodType<SpanAnswer> = z.strictObject({
  trace_id: text,
  span_id: text,
  parent_span_id: maybeText,
  source: z.enum(['span', 'record']),
  name: text,
  kind: text,
  dialect: text,
  outcome: text,
  service: text,
  scope: text,
  error: maybeText,
  started_at: time,
  ended_at: maybeTime,
  duration_ms: maybeCount,
  workflow_id: maybeText,
  reasons: z.array(text),
  counted: yes,
  reason: reasonCode,
  reported: z
    .strictObject({ prompt_tokens: wholeNumber, completion_tokens: wholeNumber, role: text, normal_form: text })
    .nullable(),
  call: callRow.one.nullable(),
  cost_parts: z.array(z.strictObject({ part: text, quantity: maybeCount, cost_nano_usd: nanoDollars })),
  tools: z.array(
    z.strictObject({
      tool: text,
      success: z.boolean().nullable(),
      duration_ms: maybeCount,
      input: maybeText,
      output: maybeText,
      error: maybeText,
    }),
  ),
  agent: maybeText,
  rows: z.array(text),
  messages: z.array(z.strictObject({ role: text, from: z.enum(['input', 'output']), parts: z.array(messagePart) })),
  attributes: z.record(z.string(), z.unknown()).nullable(),
  unread_usage: z.array(text),
  sql: text,
})
