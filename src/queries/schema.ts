import type { Database } from '../store/database.ts'
import { factTableNames } from '../transaction/tables/fact-tables.ts'
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

/** Reads what the columns of tables mean, from their comments in the database. */
export function readSchema(database: Database, tables: readonly string[] = factTableNames): Promise<SchemaColumn[]> {
  return readOnly(database, (session) => session.query<SchemaColumn>(queryStatement('schema_columns'), [tables]))
}
