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
import { maybeText, type RowSchema, rowSchema, text, time, wholeNumber, yes } from './columns.ts'

const state: z.ZodType<HealthState> = z.enum(['good', 'look', 'bad'])

const item: z.ZodType<HealthItem> = z.strictObject({
  name: text,
  state,
  value: z.number().nullable(),
  unit: z.enum(['spans', 'seconds', 'months', 'days', 'runs', 'bytes', '']),
  meaning: text,
  advice: text,
})

export const healthSchema: z.ZodType<HealthAnswer> = z.strictObject({
  state,
  items: z.array(item),
  spans: z
    .strictObject({
      received: wholeNumber,
      committed: wholeNumber,
      duplicate: wholeNumber,
      unrelated: wholeNumber,
      refused: wholeNumber,
      given_back: wholeNumber,
    })
    .nullable(),
  spans_of: z.enum(['tenant', 'receiver', 'none']),
  since: time,
  dialects: z.array(z.strictObject({ dialect: text, spans: wholeNumber })),
  refused_kept: wholeNumber,
})

export const refusedRow: RowSchema<RefusedRow> = rowSchema<RefusedRow>({
  id: text,
  signal: z.enum(['traces', 'logs']),
  trace: text,
  span: text,
  name: text,
  reason: text,
  message: text,
  times: wholeNumber,
  first_at: time,
  last_at: time,
  bytes: wholeNumber,
})

export const refusedSchema: z.ZodType<RefusedAnswer> = z.strictObject({ ...refusedRow.parts, more: yes, sql: text })
export const refusedOneSchema: z.ZodType<RefusedOneAnswer> = z.strictObject({
  refused: refusedRow.one,
  content: maybeText,
  sql: text,
})
export const retrySchema: z.ZodType<RetryAnswer> = z.strictObject({ id: text, taken: yes, reason: maybeText })

export const sqlRequestSchema: z.ZodType<SqlRequest & { readonly limit: number }> = z.strictObject({
  sql: z.string().min(1).max(50_000),
  limit: z.int().min(1).max(10_000).default(1_000),
})

export const sqlSchema: z.ZodType<SqlAnswer> = z.strictObject({
  columns: z.array(z.strictObject({ name: text, type: text })),
  rows: z.array(z.array(maybeText)),
  more: yes,
  took_ms: z.number(),
})
