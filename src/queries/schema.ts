import type { Database } from '../store/database.ts'
import { readOnly } from './read-only.ts'
import { queryStatement } from './statements.ts'

/** A column with its meaning, which ends in its unit. */
export interface SchemaColumn {
  readonly table: string
  readonly table_meaning: string | null
  readonly column: string
  readonly type: string
  readonly meaning: string | null
}

/** The tables that people read. */
export const readableTables = [
  'task_executions',
  'event_logs',
  'token_usage',
  'tool_executions',
  'agent_executions',
  'users',
  'usage_daily_aggregates',
] as const

/** Reads what the columns of tables mean, from their comments in the database. */
export function readSchema(database: Database, tables: readonly string[] = readableTables): Promise<SchemaColumn[]> {
  return readOnly(database, (session) => session.query<SchemaColumn>(queryStatement('schema_columns'), [tables]))
}
