import { z } from 'zod'
import type { MetaAnswer, SchemaAnswer } from '../answers/server.ts'
import { text, time, yes } from './columns.ts'

export const metaSchema: z.ZodType<MetaAnswer> = z.strictObject({
  version: text,
  tenant: text,
  tenants: z.array(text),
  scopes: z.array(z.enum(['send', 'read', 'admin'])),
  database: z.enum(['embedded', 'postgresql']),
  reader: yes,
  credentials: yes,
  endpoints: z.strictObject({ http: text, grpc: text }),
  has_runs: yes,
  prices_date: z.string().regex(/^\d{4}-\d\d-\d\d$/),
  now: time,
  can: z.strictObject({ retry: yes, close: yes, sql: yes }),
})

export const tablesSchema: z.ZodType<SchemaAnswer> = z.strictObject({
  tables: z.array(
    z.strictObject({
      name: text,
      meaning: text,
      columns: z.array(z.strictObject({ name: text, type: text, meaning: text })),
    }),
  ),
})
