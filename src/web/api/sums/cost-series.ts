import { addDays } from '../../../commands/formats/table/time-zone.ts'
import type { CallCosts } from '../../../queries/rows/report-rows.ts'
import { readCallCosts } from '../../../queries/sums/reports.ts'
import type { CostSeriesAnswer } from '../../answers/costs.ts'
import { type AnyRoute, apiRoute } from '../../api-route.ts'
import { WrongRequest } from '../../http/page-errors.ts'
import { isoTime, periodOf } from '../../parameters.ts'
import { costSeriesSchema } from '../../schemas/report-schemas.ts'
import { type CostQuery, costQuery } from './cost.ts'

/** So many values have a line of their own; the others are one. */
const mostLines = 8
const mostDays = 1_000

type Line = CostSeriesAnswer['series'][number]

/** Sums up what the calls of each day cost, with a line for each of the dearest values. */
export const costSeriesRoute: AnyRoute = apiRoute<CostQuery, unknown, CostSeriesAnswer>({
  method: 'GET',
  path: '/api/cost/series',
  name: 'cost-series',
  summary:
    'Sums up what the calls of each day cost, with a line for each of the dearest values and one for the others.',
  scopes: ['read'],
  query: costQuery,
  answer: costSeriesSchema,
  async read({ database, query }) {
    const period = periodOf(query, '30d')
    const days = daysOf(period.sinceMs, period.untilMs)
    const { rows, sql } = await readCallCosts(database, query.by, { ...period, isByDay: true })
    const keys = dearest(rows, query.by === 'day')
    const others = rows.filter(({ key }) => !keys.includes(key))
    const series: Line[] = keys.map((key) => ({
      key,
      other: false,
      ...lineOf(
        days,
        rows.filter((row) => row.key === key || (key === null && query.by === 'day')),
      ),
    }))
    if (query.by !== 'day' && others.length > 0) series.push({ key: null, other: true, ...lineOf(days, others) })
    return {
      by: query.by,
      since: isoTime(period.sinceMs),
      until: isoTime(period.untilMs),
      days,
      series,
      totals: lineOf(days, rows),
      sql,
    }
  },
})

function daysOf(sinceMs: number, untilMs: number): string[] {
  const last = isoTime(untilMs - 1).slice(0, 10)
  const days: string[] = []
  for (let day = isoTime(sinceMs).slice(0, 10); day <= last; day = addDays(day, 1)) {
    if (days.length === mostDays)
      throw new WrongRequest(400, 'wrong-parameter', `A series has at most ${mostDays} days.`)
    days.push(day)
  }
  return days
}

/** The dearest values; one line for all where days are what is asked for. */
function dearest(rows: readonly CallCosts[], isOfDays: boolean): (string | null)[] {
  if (isOfDays) return [null]
  const costs = new Map<string | null, bigint>()
  for (const { key, cost_nano_usd: nano } of rows) costs.set(key, (costs.get(key) ?? 0n) + BigInt(nano))
  return [...costs]
    .toSorted(([, a], [, b]) => (a === b ? 0 : a < b ? 1 : -1))
    .slice(0, mostLines)
    .map(([key]) => key)
}

function lineOf(days: readonly string[], rows: readonly CallCosts[]): CostSeriesAnswer['totals'] {
  const byDay = new Map<string, { cost: bigint; tokens: number; calls: number }>()
  for (const { day, cost_nano_usd: nano, total_tokens: tokens, calls } of rows) {
    const before = byDay.get(day!) ?? { cost: 0n, tokens: 0, calls: 0 }
    byDay.set(day!, { cost: before.cost + BigInt(nano), tokens: before.tokens + tokens, calls: before.calls + calls })
  }
  return {
    cost_nano_usd: days.map((day) => (byDay.get(day)?.cost ?? 0n).toString()),
    tokens: days.map((day) => byDay.get(day)?.tokens ?? 0),
    calls: days.map((day) => byDay.get(day)?.calls ?? 0),
  }
}
