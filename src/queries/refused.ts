import type { Database } from '../store/database.ts'
import { readOnly } from './read-only.ts'
import { queryStatement } from './statements.ts'

/** Counts the refused spans that are kept, up to 1,000. */
export async function countRefused(database: Database): Promise<number> {
  const [row] = await readOnly(database, (session) => session.query<{ count: number }>(queryStatement('refused_count')))
  return row!.count
}
