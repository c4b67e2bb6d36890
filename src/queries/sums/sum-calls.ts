import { awaitInOrder, type Session } from '../../store/database.ts'
import { dayMs, hourMs, type TimeRange } from '../../store/time-ranges.ts'
import type { CallCosts, UnpricedModel } from '../rows/report-rows.ts'
import { queryStatement } from '../statements.ts'
import { timeOf } from '../times.ts'
import type { CostDimension } from './cost-dimensions.ts'
import { dividePeriod, type PeriodParts } from './kept-ranges.ts'

/** A period whose calls are summed up. */
export interface CallPeriod extends TimeRange {
  /** Whose days are told apart. */
  readonly timeZone: string
  /** Whether the sums of each value are told apart by day. */
  readonly isByDay: boolean
}

/**
 * Sums up the calls that ended in a period by one dimension: from the sums of hours where they are kept and up to date, and
 * from the calls for the rest, at least those of the last hour.
 */
export async function sumCalls(session: Session, by: CostDimension, period: CallPeriod): Promise<CallCosts[]> {
  const { kept, rows } = await partsOf(session, by, period)
  const { isByDay, timeZone } = period
  const sums = await awaitInOrder([
    ...(kept.length === 0
      ? []
      : [session.query<CallCosts>(queryStatement('cost_rollups'), [by, ...timesOf(kept), isByDay, timeZone])]),
    ...rows.map((range) =>
      session.query<CallCosts>(queryStatement('cost_rows'), [
        ...[by, timeOf(range.sinceMs), timeOf(range.untilMs), isByDay, timeZone],
      ]),
    ),
  ])
  return addedUp(sums.flat())
}

function partsOf(session: Session, by: CostDimension, period: CallPeriod): Promise<PeriodParts> {
  const hasDays = by === 'day' || period.isByDay
  const { sinceMs, untilMs } = period
  // users are summed up by days of UTC
  if (by === 'user' && hasDays && period.timeZone !== 'UTC')
    return Promise.resolve({ kept: [], rows: [{ sinceMs, untilMs }] })
  const unitMs = by === 'user' ? dayMs : hourMs
  return dividePeriod(session, 'calls', { sinceMs, untilMs, unitMs, dayZone: hasDays ? period.timeZone : null })
}

/** The most models that are named. */
const mostNamed = 20

/** Names the models of the calls of a period for which no price is known, those with the most tokens first. */
export async function sumUnpriced(session: Session, { sinceMs, untilMs }: TimeRange): Promise<UnpricedModel[]> {
  const sums = await sumCalls(session, 'model', { sinceMs, untilMs, timeZone: 'UTC', isByDay: false })
  return sums
    .filter((one) => one.unpriced_calls > 0)
    .map((one) => ({ model: one.key ?? '', calls: one.unpriced_calls, tokens: one.unpriced_tokens }))
    .sort((a, b) => b.tokens - a.tokens || (a.model < b.model ? -1 : 1))
    .slice(0, mostNamed)
}

/** The calls of unknown usage of the runs that started in a period, by model. */
export async function sumUncounted(
  session: Session,
  { sinceMs, untilMs }: TimeRange,
): Promise<{ readonly model: string; readonly calls: number }[]> {
  const period = { sinceMs, untilMs, unitMs: hourMs, dayZone: null }
  const { kept, rows } = await dividePeriod(session, 'runs', period)
  const sums = await awaitInOrder([
    session.query<{ model: string; calls: string }>(queryStatement('uncounted_rollups'), timesOf(kept)),
    ...rows.map((range) =>
      session.query<{ model: string; calls: string }>(queryStatement('uncounted_calls'), [
        ...[timeOf(range.sinceMs), timeOf(range.untilMs)],
      ]),
    ),
  ])
  const models = new Map<string, number>()
  for (const { model, calls } of sums.flat()) models.set(model, (models.get(model) ?? 0) + Number(calls))
  return [...models]
    .map(([model, calls]) => ({ model, calls }))
    .sort((a, b) => b.calls - a.calls || (a.model < b.model ? -1 : 1))
    .slice(0, mostNamed)
}

function timesOf(ranges: readonly TimeRange[]): [number[], number[]] {
  return [ranges.map(({ sinceMs }) => sinceMs), ranges.map(({ untilMs }) => untilMs)]
}

/** Adds up the sums of equal keys and days. */
function addedUp(sums: readonly CallCosts[]): CallCosts[] {
  const all = new Map<string, CallCosts>()
  for (const one of sums) {
    const place = JSON.stringify([one.key, one.day])
    const sum = all.get(place)
    all.set(place, sum === undefined ? one : added(sum, one))
  }
  return [...all.values()]
}

function added(a: CallCosts, b: CallCosts): CallCosts {
  return {
    key: a.key,
    day: a.day,
    calls: a.calls + b.calls,
    prompt_tokens: a.prompt_tokens + b.prompt_tokens,
    completion_tokens: a.completion_tokens + b.completion_tokens,
    total_tokens: a.total_tokens + b.total_tokens,
    cache_read_tokens: a.cache_read_tokens + b.cache_read_tokens,
    cache_creation_tokens: a.cache_creation_tokens + b.cache_creation_tokens,
    reasoning_tokens: a.reasoning_tokens + b.reasoning_tokens,
    cost_nano_usd: (BigInt(a.cost_nano_usd) + BigInt(b.cost_nano_usd)).toString(),
    unpriced_calls: a.unpriced_calls + b.unpriced_calls,
    unpriced_tokens: a.unpriced_tokens + b.unpriced_tokens,
  }
}
