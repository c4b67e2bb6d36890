import { z } from 'zod'
import { runGuardedSql } from '../../queries/typed/guarded-sql.ts'
import { readTypeNames } from '../../queries/typed/schema.ts'
import type { TextRows } from '../../store/database.ts'
import type { SqlAnswer, SqlRequest } from '../answers/sql.ts'
import { type AnyRoute, apiRoute } from '../api-route.ts'
import { sqlRequestSchema, sqlSchema } from '../schemas/health-schemas.ts'

const timeoutMs = 15_000
/** The most characters of an answer: a browser shows no more, and the receiver has it in memory. */
const mostCharacters = 20_000_000

/** Runs a statement that a person has typed. */
export const sqlRoute: AnyRoute = apiRoute<object, SqlRequest & { readonly limit: number }, SqlAnswer>({
  method: 'POST',
  path: '/api/sql',
  name: 'sql',
  summary: `Runs one query that the database lets change nothing, for ${timeoutMs / 1000} s at most.`,
  scopes: ['read'],
  query: z.strictObject({}),
  body: sqlRequestSchema,
  answer: sqlSchema,
  async read({ database, body }) {
    const startedMs = performance.now()
    let columns: TextRows['columns'] = []
    const rows: (readonly (string | null)[])[] = []
    let characters = 0
    const { hasMore } = await runGuardedSql(
      database,
      body.sql.replace(/;\s*$/, '').trim(),
      { timeoutMs, rows: body.limit },
      (page) => {
        columns = page.columns
        for (const row of page.rows) {
          characters += row.reduce((sum, cell) => sum + (cell?.length ?? 0), 0)
          if (characters <= mostCharacters) rows.push(row)
        }
      },
    )
    const names = await readTypeNames(
      database,
      columns.map(({ type }) => type),
    )
    return {
      columns: columns.map(({ name, type }) => ({ name, type: names.get(type) ?? String(type) })),
      rows,
      more: hasMore || characters > mostCharacters,
      took_ms: Math.round(performance.now() - startedMs),
    }
  },
})
