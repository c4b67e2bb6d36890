import type { Database } from '../../store/database.ts'
import { filledIn } from '../filled-in.ts'
import { readOnly } from '../read-only.ts'
import { queryStatement } from '../statements.ts'
import { timeOf } from './tasks.ts'

/** A value, and how many of the runs that were looked at have it. */
export interface CountedValue {
  readonly value: string
  readonly count: number
}

/** The values that filters offer, the most frequent first. */
export interface RunFacets {
  readonly status: readonly CountedValue[]
  readonly model: readonly CountedValue[]
  readonly provider: readonly CountedValue[]
  readonly user: readonly CountedValue[]
  readonly mode: readonly CountedValue[]
  readonly session: readonly CountedValue[]
  /** How many runs were looked at. */
  readonly of_runs: number
  readonly sql: string
}

/** Counts the values that the newest runs of a period have. null: no bound. */
export async function readFacets(
  database: Database,
  { sinceMs, untilMs }: { readonly sinceMs: number | null; readonly untilMs: number | null },
): Promise<RunFacets> {
  const values = [timeOf(sinceMs), timeOf(untilMs)]
  const sql = queryStatement('facets')
  const rows = await readOnly(database, (session) =>
    session.query<CountedValue & { readonly name: string; readonly of_runs: number }>(sql, values),
  )
  const of = (facet: string) =>
    rows.filter(({ name }) => name === facet).map(({ value, count }): CountedValue => ({ value, count }))
  return {
    ...{ status: of('status'), model: of('model'), provider: of('provider'), user: of('user'), mode: of('mode') },
    ...{ session: of('session'), of_runs: rows[0]?.of_runs ?? 0, sql: filledIn(sql, values) },
  }
}
