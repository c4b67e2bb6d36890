import type { Database, Session } from '../../store/database.ts'
import { readOnly } from '../read-only.ts'
import type { CallCosts, UnpricedModel } from '../rows/report-rows.ts'
import { queryStatement } from '../statements.ts'
import type { CostDimension } from './cost-dimensions.ts'
import { sumCalls, sumUncounted, sumUnpriced } from './sum-calls.ts'

/** What the calls or runs of one key come to. */
export interface CostSums {
  /** null: the calls that state none, or the runs without a user. */
  readonly key: string | null
  /** null where whole runs are summed up. */
  readonly calls: number | null
  /** null where calls are summed up. */
  readonly runs: number | null
  readonly prompt_tokens: number | null
  readonly completion_tokens: number | null
  readonly cache_read_tokens: number | null
  readonly cache_creation_tokens: number | null
  readonly total_tokens: number
  readonly costNano: bigint
  readonly unpriced_calls: number | null
  readonly unpriced_tokens: number | null
}

/** The time of a report: whole days, where it is made of days. */
export interface CostPeriod {
  readonly sinceMs: number
  readonly untilMs: number
  readonly timeZone: string
  readonly days: { readonly first: string; readonly last: string } | null
}

/** Costs by key, the highest first, days in their order. */
export interface CostReport {
  /** Whether runs are summed up by the day on which they started, or calls by their end. */
  readonly of: 'runs' | 'calls'
  readonly sums: readonly CostSums[]
  readonly unpriced: readonly UnpricedModel[]
}

/**
 * Sums up the costs of a period. Whole days of UTC by day or user are those of the day books, of the runs that started on
 * them; everything else is summed up over the calls that ended in the period.
 */
export function readCosts(database: Database, by: CostDimension, period: CostPeriod): Promise<CostReport> {
  return readOnly(database, async (session) => {
    const report = await sumsOf(session, by, period)
    return by === 'day' ? report : { ...report, sums: report.sums.toSorted(byCost) }
  })
}

/** Reads which calls of unknown usage the runs that started in a period have, by model. They are in no sum. */
export function readUncountedCalls(
  database: Database,
  { sinceMs, untilMs }: Pick<CostPeriod, 'sinceMs' | 'untilMs'>,
): Promise<{ readonly model: string; readonly calls: number }[]> {
  return readOnly(database, (session) => sumUncounted(session, { sinceMs, untilMs }))
}

function sumsOf(session: Session, by: CostDimension, period: CostPeriod): Promise<CostReport> {
  const { days, timeZone } = period
  if (days !== null && timeZone === 'UTC' && (by === 'day' || by === 'user'))
    return sumsOfRuns(session, `cost_by_${by}_of_runs`, [days.first, days.last])
  return sumsOfCalls(session, by, period)
}

async function sumsOfRuns(
  session: Session,
  name: 'cost_by_day_of_runs' | 'cost_by_user_of_runs',
  values: readonly unknown[],
): Promise<CostReport> {
  const rows = await session.query<Record<string, string | null>>(queryStatement(name), values)
  const sums = rows.map(
    (row): CostSums => ({
      key: row.key ?? null,
      calls: null,
      runs: Number(row.runs),
      ...{ prompt_tokens: null, completion_tokens: null, cache_read_tokens: null, cache_creation_tokens: null },
      total_tokens: Number(row.total_tokens),
      costNano: BigInt(row.cost_nano_usd ?? 0),
      unpriced_calls: null,
      unpriced_tokens: null,
    }),
  )
  return { of: 'runs', sums, unpriced: [] }
}

async function sumsOfCalls(session: Session, by: CostDimension, period: CostPeriod): Promise<CostReport> {
  const rows = await sumCalls(session, by, { ...period, isByDay: false })
  const sums = rows.map(sumsOfRow).toSorted((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1))
  const hasUnpriced = rows.some(({ unpriced_calls: calls }) => calls > 0)
  return { of: 'calls', sums, unpriced: hasUnpriced ? await sumUnpriced(session, period) : [] }
}

function sumsOfRow({ day: _, cost_nano_usd: nano, reasoning_tokens: __, ...row }: CallCosts): CostSums {
  const total = row.prompt_tokens + row.completion_tokens
  return { ...row, runs: null, total_tokens: total, costNano: BigInt(nano) }
}

function byCost(a: CostSums, b: CostSums): number {
  if (a.costNano !== b.costNano) return a.costNano > b.costNano ? -1 : 1
  return b.total_tokens - a.total_tokens
}
