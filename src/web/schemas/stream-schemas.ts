import { z } from 'zod'
import type { RunEventRow } from '../../queries/rows/event-rows.ts'
import type { EventsAnswer } from '../answers/streams.ts'
import { maybeText, type RowSchema, rowSchema, text, time, yes } from './columns.ts'
import { runStatus } from './run-schemas.ts'

export const eventRow: RowSchema<RunEventRow> = rowSchema<RunEventRow>({
  seq: z.string().regex(/^\d+$/),
  id: text,
  timestamp: time,
  type: text,
  agent: maybeText,
  message: maybeText,
  trace_id: maybeText,
  span_id: maybeText,
})

export const eventsSchema: z.ZodType<EventsAnswer> = z.strictObject({
  ...eventRow.parts,
  workflow_id: text,
  status: runStatus,
  seq: text,
  more: yes,
  sql: text,
})
