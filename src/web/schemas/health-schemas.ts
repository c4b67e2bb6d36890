import { z } from 'zod'
import type {
  HealthAnswer,
  HealthItem,
  HealthState,
  RefusedAnswer,
  RefusedOneAnswer,
  RefusedRow,
  RetryAnswer,
} from '../answers/health.ts'
import type { SqlAnswer, SqlRequest } from '../answers/sql.ts'
import { count, maybeText, type RowSchema, rowSchema, text, time, yes } from './columns.ts'

const state: z.ZodType<HealthState> = z.enum(['good', 'look', 'bad'])

const item: z.ZodType<HealthItem> = z.strictObject({
  name: text,
  state,
  value: z.number().nullable(),
  unit: z.enum(['spans', 'seconds', 'months', 'days', 'runs', 'bytes', '']),
  meaning: text,
  advice: text,
})

export const health: z.ZodType<HealthAnswer> = z.strictObject({
  state,
  items: z.array(item),
  spans: z
    .strictObject({
      received: count,
      committed: count,
      duplicate: count,
      unrelated: count,
      refused: count,
      given_back: count,
    })
    .nullable(),
  spans_of: z.enum(['tenant', 'receiver', 'none']),
  since: time,
  dialects: z.array(z.strictObject({ dialect: text, spans: count })),
  refused_kept: count,
})

export const refusedRow: RowSchema<RefusedRow> = rowSchema<RefusedRow>({
  id: text,
  signal: z.enum(['traces', 'logs']),
  trace: text,
  span: text,
  name: text,
  reason: text,
  message: text,
  times: count,
  first_at: time,
  last_at: time,
  bytes: count,
})

export const refused: z.ZodType<RefusedAnswer> = z.strictObject({ ...refusedRow.parts, more: yes, sql: text })
export const refusedOne: z.ZodType<RefusedOneAnswer> = z.strictObject({
  refused: refusedRow.one,
  content: maybeText,
  sql: text,
})
export const retryAnswer: z.ZodType<RetryAnswer> = z.strictObject({ id: text, taken: yes, reason: maybeText })

export const sqlRequest: z.ZodType<SqlRequest & { readonly limit: number }> = z.strictObject({
  sql: z.string().min(1).max(50_000),
  limit: z.int().min(1).max(10_000).default(1_000),
})

export const sqlAnswer: z.ZodType<SqlAnswer> = z.strictObject({
  columns: z.array(z.strictObject({ name: text, type: text })),
  rows: z.array(z.array(maybeText)),
  more: yes,
  took_ms: z.number(),
})
