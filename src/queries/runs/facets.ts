import type { Database } from '../../store/database.ts'
import { filledIn } from '../filled-in.ts'
import { readOnly } from '../read-only.ts'
import type { FacetsAnswer, FacetValue } from '../rows/run-rows.ts'
import { queryStatement } from '../statements.ts'
import { timeOf } from '../times.ts'

/** Counts the values that the newest runs of a period have. null: no bound. */
export async function readFacets(
  database: Database,
  { sinceMs, untilMs }: { readonly sinceMs: number | null; readonly untilMs: number | null },
): Promise<FacetsAnswer> {
  const values = [timeOf(sinceMs), timeOf(untilMs)]
  const sql = queryStatement('facets')
  const rows = await readOnly(database, (session) =>
    session.query<FacetValue & { readonly name: string; readonly of_runs: number }>(sql, values),
  )
  const of = (facet: string) =>
    rows.filter(({ name }) => name === facet).map(({ value, count }): FacetValue => ({ value, count }))
  return {
    ...{ status: of('status'), model: of('model'), provider: of('provider'), user: of('user'), mode: of('mode') },
    ...{ session: of('session'), of_runs: rows[0]?.of_runs ?? 0, sql: filledIn(sql, values) },
  }
}
