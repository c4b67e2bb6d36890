import type { Database } from '../../store/database.ts'
import { factTableNames } from '../../transaction/tables/fact-tables.ts'
import { readOnly } from '../read-only.ts'
import { queryStatement } from '../statements.ts'

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

/** Reads the names of types by their numbers (pg_type.oid). */
export async function readTypeNames(
  database: Database,
  types: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (types.length === 0) return new Map()
  const rows = await readOnly(database, (session) =>
    session.query<{ type: number; name: string }>(queryStatement('type_names'), [types]),
  )
  return new Map(rows.map(({ type, name }) => [type, name]))
}
