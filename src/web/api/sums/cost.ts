import { z } from 'zod'
import { type Period, previousPeriod } from '../../../commands/formats/table/period.ts'
import { addDays } from '../../../commands/formats/table/time-zone.ts'
import type { CallCosts } from '../../../queries/rows/report-rows.ts'
import { readCallCosts, readUnpriced } from '../../../queries/sums/reports.ts'
import type { Database } from '../../../store/database.ts'
import type { CostAnswer, CostRow, CostTotals } from '../../answers/costs.ts'
import { type AnyRoute, type Asked, apiRoute, type CsvRows } from '../../api-route.ts'
import { isoTime, periodOf, periodParameters } from '../../parameters.ts'
import { cellsOf, columnar } from '../../schemas/columns.ts'
import { costBy, costRow, costSchema } from '../../schemas/report-schemas.ts'

export const costQuery: z.ZodType<CostQuery> = z.strictObject({
  ...periodParameters,
  by: costBy.default('model'),
  compare: z.enum(['0', '1']).default('0'),
})

export interface CostQuery {
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly by: CostAnswer['by']
  readonly compare: '0' | '1'
}

/** Sums up what the calls of a period cost. */
export const costRoute: AnyRoute = apiRoute<CostQuery, unknown, CostAnswer>({
  method: 'GET',
  path: '/api/cost',
  name: 'cost',
  summary: 'Sums up what the calls cost that ended in a period, by one dimension, beside the period before.',
  scopes: ['read'],
  query: costQuery,
  answer: costSchema,
  async read({ database, query }) {
    const period = periodOf(query, '7d')
    const before = query.compare === '1' ? previousPeriod(period) : null
    const { rows, sql } = await costRows(database, query.by, { period, before })
    return {
      ...columnar(costRow, rows),
      by: query.by,
      since: isoTime(period.sinceMs),
      until: isoTime(period.untilMs),
      previous_since: before && isoTime(before.sinceMs),
      of: 'calls',
      totals: totalsOf(rows, before !== null),
      unpriced: rows.some(({ unpriced_calls: calls }) => calls > 0) ? await readUnpriced(database, period) : [],
      sql,
    }
  },
  csv: costAsCsv,
})

async function* costAsCsv({ database, query }: Asked<CostQuery>): CsvRows {
  const period = periodOf(query, '7d')
  const before = query.compare === '1' ? previousPeriod(period) : null
  const { rows } = await costRows(database, query.by, { period, before })
  yield [costRow.columns, ...rows.map((row) => cellsOf(costRow, row))]
}

async function costRows(
  database: Database,
  by: CostAnswer['by'],
  { period, before }: { readonly period: Period; readonly before: Period | null },
): Promise<{ readonly rows: readonly CostRow[]; readonly sql: string }> {
  const { rows, sql } = await readCallCosts(database, by, { ...period, isByDay: false })
  const earlier = before === null ? [] : (await readCallCosts(database, by, { ...before, isByDay: false })).rows
  const days = before === null ? 0 : Math.round((period.sinceMs - before.sinceMs) / 86_400_000)
  // a day is compared with the one that stands in its place in the period before
  const keyNow = (key: string | null) => (by === 'day' && key !== null ? addDays(key, days) : key)
  const costs = new Map(earlier.map(({ key, cost_nano_usd: nano }) => [keyNow(key), nano]))
  const previousOf = (key: string | null) => (before === null ? null : (costs.get(key) ?? '0'))
  const now = rows.map((row) => rowOf(row, previousOf(row.key)))
  const keys = new Set(rows.map(({ key }) => key))
  const gone = earlier.filter(({ key }) => !keys.has(keyNow(key)))
  const ended = gone.map((row) => ({ ...emptyRow, key: keyNow(row.key), previous_cost_nano_usd: row.cost_nano_usd }))
  return { rows: [...now, ...ended], sql }
}

function rowOf({ day: _, ...row }: CallCosts, previous: string | null): CostRow {
  return { ...row, runs: null, previous_cost_nano_usd: previous }
}

const emptyRow: Omit<CostRow, 'key' | 'previous_cost_nano_usd'> = {
  ...{ calls: 0, runs: null, prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cache_read_tokens: 0 },
  ...{ cache_creation_tokens: 0, reasoning_tokens: 0, cost_nano_usd: '0', unpriced_calls: 0, unpriced_tokens: 0 },
}

function totalsOf(rows: readonly CostRow[], isCompared: boolean): CostTotals {
  const sum = (name: Exclude<keyof typeof emptyRow, 'runs' | 'cost_nano_usd'>) =>
    rows.reduce((total, row) => total + row[name], 0)
  const money = (name: 'cost_nano_usd' | 'previous_cost_nano_usd') =>
    rows.reduce((total, row) => total + BigInt(row[name] ?? 0), 0n).toString()
  return {
    calls: sum('calls'),
    runs: null,
    prompt_tokens: sum('prompt_tokens'),
    completion_tokens: sum('completion_tokens'),
    total_tokens: sum('total_tokens'),
    cache_read_tokens: sum('cache_read_tokens'),
    cache_creation_tokens: sum('cache_creation_tokens'),
    reasoning_tokens: sum('reasoning_tokens'),
    cost_nano_usd: money('cost_nano_usd'),
    unpriced_calls: sum('unpriced_calls'),
    unpriced_tokens: sum('unpriced_tokens'),
    previous_cost_nano_usd: isCompared ? money('previous_cost_nano_usd') : null,
  }
}
