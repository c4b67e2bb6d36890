import type { Session } from '../store/database.ts'
import type { TimeRange } from '../store/time-ranges.ts'
import type { BudgetDimension } from './budget.ts'
import { dayOf, daysOf, lastHours, monthBefore, monthOf, rangeOf, rangesOfHours, timeText } from './periods.ts'
import { budgetStatement } from './statements.ts'

/** What is to be looked at. */
export interface CheckWork {
  /** Hours in which calls have changed, in milliseconds since 1970. */
  readonly hours: ReadonlySet<number>
  /** Tasks all of whose calls may have another user or workflow name. */
  readonly tasks: readonly string[]
  /** Whether it is looked, too, for what others have changed: exporters in apps, commands, receivers that were killed. */
  readonly looksAround: boolean
  /** Whether the present month and the one before are summed up anew as a whole: more was touched than is remembered. */
  readonly sumsMonths: boolean
  /** Whether all values of the present month and the one before count as changed: budgets may be new, or have other limits. */
  readonly decidesAll: boolean
}

/** The values of which a sum has changed, with the days on which it has. */
export type ChangedValues = ReadonlyMap<string, ReadonlySet<string>>

/** How often the last hours are looked at, by whichever receiver. */
const recentEveryMs = 50_000
/** The last hours: a call that ends now is committed now, but for senders that were cut off. */
const recentHours = 3
/** How often the present month and the one before are summed up anew as a whole. */
const monthsEveryMs = 3_600_000
/** An older month that is touched is summed up anew as a whole, unless that was done since. */
const olderMonthsEveryMs = 24 * 3_600_000
/** Sums of so many months are kept. */
const keptMonths = 3

/** What is summed up for a dimension. */
interface Plan {
  readonly months: readonly string[]
  readonly ranges: readonly TimeRange[]
}

/**
 * Brings the sums by hour up to date with the calls, under the lock of all checks of these tables. Hours that were touched
 * are summed up again from their calls, never by a difference: so it doesn't matter who has written them, and how often.
 */
export async function sumSpend(
  session: Session,
  dimensions: readonly BudgetDimension[],
  work: CheckWork,
): Promise<{ readonly changed: ReadonlyMap<BudgetDimension, ChangedValues>; readonly nowMs: number }> {
  const [lock] = await session.query<{ checked_ms: number }>(budgetStatement('lock_checks'))
  const checkedMs = lock!.checked_ms
  const [time] = await session.query<{ now_ms: number }>(budgetStatement('now'))
  const nowMs = time!.now_ms
  const hours = await touchedHours(session, work)
  if (work.looksAround && nowMs - checkedMs >= recentEveryMs) {
    for (const hour of lastHours(nowMs, recentHours)) hours.add(hour)
    await session.query(budgetStatement('set_checked'))
  }
  const asked = work.looksAround ? await session.query<{ day: number }>(budgetStatement('take_months')) : []
  const around = monthsAround(nowMs)
  const planOf = planner({
    hours,
    asked: new Set([
      ...asked.map(({ day }) => new Date(day * 86_400_000).toISOString().slice(0, 10)),
      ...(work.sumsMonths ? around : []),
    ]),
    due: new Set(work.looksAround ? around : []),
    around,
    nowMs,
  })
  const ages = await checkedMonths(session)
  const changed = new Map<BudgetDimension, ChangedValues>()
  for (const dimension of dimensions) {
    const plan = planOf((month) => nowMs - (ages.get(`${dimension} ${month}`) ?? 0))
    const values = await sumRanges(session, dimension, plan)
    if (work.decidesAll) await addValues(session, dimension, values, around[1]!)
    changed.set(dimension, values)
  }
  if (work.looksAround) await removeOld(session, monthBefore(around[0]!, keptMonths))
  return { changed, nowMs }
}

async function removeOld(session: Session, month: string): Promise<void> {
  await session.query(budgetStatement('remove_old'), [`${month}T00:00:00Z`, month])
}

async function touchedHours(session: Session, { hours, tasks }: CheckWork): Promise<Set<number>> {
  if (tasks.length === 0) return new Set(hours)
  const found = await session.query<{ hour_ms: number }>(budgetStatement('hours_of_tasks'), [tasks])
  return new Set([...hours, ...found.map(({ hour_ms: hour }) => hour)])
}

async function checkedMonths(session: Session): Promise<Map<string, number>> {
  const rows = await session.query<{ dimension: string; month: string; checked_ms: number }>(
    budgetStatement('checked_months'),
  )
  return new Map(rows.map(({ dimension, month, checked_ms: ms }) => [`${dimension} ${month}`, ms]))
}

/** The present month and the one before. */
function monthsAround(nowMs: number): readonly string[] {
  const present = monthOf(dayOf(nowMs))
  return [present, monthBefore(present)]
}

interface Wanted {
  readonly hours: ReadonlySet<number>
  /** The months that are summed up whole in any case. */
  readonly asked: ReadonlySet<string>
  /** The months that are summed up whole from time to time, though nothing of them is known to have changed. */
  readonly due: ReadonlySet<string>
  readonly around: readonly string[]
  readonly nowMs: number
}

/** Decides which months are summed up whole, and which hours of others. */
function planner({ hours, asked, due, around, nowMs }: Wanted): (ageOf: (month: string) => number) => Plan {
  const touched = new Set([...hours].map((hour) => monthOf(dayOf(hour))))
  return (ageOf) => {
    const isWhole = (month: string) => {
      if (asked.has(month)) return true
      if (due.has(month) && ageOf(month) >= monthsEveryMs) return true
      // of a month that was never summed up the other hours are unknown
      return touched.has(month) && ageOf(month) >= (around.includes(month) ? nowMs : olderMonthsEveryMs)
    }
    const months = [...new Set([...asked, ...due, ...touched])].filter(isWhole)
    const others = [...hours].filter((hour) => !months.includes(monthOf(dayOf(hour))))
    return { months, ranges: [...months.map((month) => rangeOf('month', month)), ...rangesOfHours(others)] }
  }
}

/** A sum of an hour that is stored otherwise; null: the value has no call in that hour any more. */
interface ChangedSum {
  readonly value: string
  readonly hour_ms: number
  readonly nano_usd: string | null
  readonly tokens: string | null
}

async function sumRanges(
  session: Session,
  dimension: BudgetDimension,
  { months, ranges }: Plan,
): Promise<Map<string, Set<string>>> {
  const changed = new Map<string, Set<string>>()
  // a day at a time, so that the sums of a month are not in memory together
  for (const { sinceMs, untilMs } of ranges.flatMap(daysOf)) {
    const times = [timeText(sinceMs), timeText(untilMs)]
    const sums = await session.query<ChangedSum>(budgetStatement('sum_hours'), [dimension, ...times])
    await storeSums(session, dimension, sums)
    addDays(
      changed,
      sums.map(({ value, hour_ms: hour }) => ({ value, day: dayOf(hour) })),
    )
  }
  if (months.length > 0)
    await session.query(budgetStatement('set_checked_months'), [months.map(() => dimension), months])
  return changed
}

async function storeSums(session: Session, dimension: BudgetDimension, sums: readonly ChangedSum[]): Promise<void> {
  const kept = sums.filter(({ nano_usd: nanoUsd }) => nanoUsd !== null)
  const gone = sums.filter(({ nano_usd: nanoUsd }) => nanoUsd === null)
  const places = (list: readonly ChangedSum[]) => [list.map((one) => one.hour_ms), list.map(({ value }) => value)]
  if (gone.length > 0) await session.query(budgetStatement('remove_spend'), [dimension, ...places(gone)])
  if (kept.length === 0) return
  const amounts = [kept.map((one) => one.nano_usd), kept.map(({ tokens }) => tokens)]
  await session.query(budgetStatement('set_spend'), [dimension, ...places(kept), ...amounts])
}

async function addValues(
  session: Session,
  dimension: BudgetDimension,
  values: Map<string, Set<string>>,
  since: string,
): Promise<void> {
  addDays(values, await session.query<ValueDay>(budgetStatement('values_since'), [dimension, `${since}T00:00:00Z`]))
}

/** A day on which something was spent by a value. */
interface ValueDay {
  readonly value: string
  readonly day: string
}

function addDays(values: Map<string, Set<string>>, rows: readonly ValueDay[]): Map<string, Set<string>> {
  for (const { value, day } of rows) {
    const days = values.get(value) ?? new Set()
    values.set(value, days.add(day))
  }
  return values
}
