import { saturate, usd } from '../../columns.ts'
import { namedId } from '../../settle/model/ids.ts'
import type { DayState } from '../../settle/workflow/day-sums.ts'
import { addDays, dateOf, dayOf, noDay } from '../../settle/workflow/day-sums.ts'
import type { Session } from '../../store/database.ts'
import { fromExactJson, toExactJson } from '../ledger/share-codec.ts'
import { statement } from '../statements.ts'
import type { UserOf, WorkflowChange } from '../workflows/workflow-change.ts'

interface Day {
  readonly user: string
  readonly date: string
  readonly change: DayState
}

/** Tasks that change, whose rows are ours. */
interface Tasks {
  readonly targets: readonly WorkflowChange[]
  readonly users: UserOf
  /** Somebody else sums up the days: ours are counted, and not shown. */
  readonly bySomebody: boolean
}

/**
 * Brings the days of the targets' users up to date by what the tasks changed; no task is looked at again. Returns how
 * many rows of days are somebody else's, and stay as they are.
 */
export async function writeDays(session: Session, { targets, users, bySomebody }: Tasks): Promise<number> {
  const days = [...changesOf(targets, users).values()]
  if (days.length === 0) return 0
  const locks = await session.query<{ user_id: string; date: string; state: string }>(statement('lock_days'), [
    days.map(({ user }) => user),
    days.map(({ date }) => date),
  ])
  const before = new Map(
    locks.map(({ user_id, date, state }) => [
      `${user_id} ${date}`,
      state === '' ? noDay : fromExactJson<DayState>(state),
    ]),
  )
  const changed = days.map(({ user, date, change }) => {
    const was = before.get(`${user} ${date}`)!
    return { id: namedId('day', user, date), user, date, was, state: addDays(was, change, 1) }
  })
  const isGone = ({ state }: ChangedDay) => state.tasks === 0
  await drop(session, changed.filter(isGone))
  const kept = changed.filter((day) => !isGone(day))
  if (kept.length === 0) return 0
  await session.query(statement('put_days'), [
    kept.map(({ user }) => user),
    kept.map(({ date }) => date),
    kept.map(({ state }) => toExactJson(state)),
  ])
  return bySomebody ? 0 : putAggregates(session, kept)
}

function changesOf(targets: readonly WorkflowChange[], users: UserOf): Map<string, Day> {
  const days = new Map<string, Day>()
  for (const target of targets) {
    for (const [when, sign] of [
      ['before', -1],
      ['after', 1],
    ] as const) {
      const [state, user] = [target[when], users(target, when)]
      if (state === null || user === null) continue
      const date = dateOf(state.row)
      const key = `${user} ${date}`
      const sum = days.get(key)?.change ?? noDay
      days.set(key, { user, date, change: addDays(sum, dayOf(state.row, state.share), sign) })
    }
  }
  return days
}

/** A day as it was and will be; `id` is that of its row in usage_daily_aggregates, if that is ours. */
interface ChangedDay {
  readonly id: string
  readonly user: string
  readonly date: string
  readonly was: DayState
  readonly state: DayState
}

async function drop(session: Session, days: readonly ChangedDay[]): Promise<void> {
  if (days.length === 0) return
  await session.query(statement('drop_days'), [
    days.map(({ user }) => user),
    days.map(({ date }) => date),
    days.map(({ id }) => id),
    days.map(({ was }) => was.tasks),
    days.map(({ was }) => saturate(was.tokens)),
  ])
}

async function putAggregates(session: Session, days: readonly ChangedDay[]): Promise<number> {
  const column = <T>(value: (day: ChangedDay) => T) => days.map(value)
  const [row] = await session.query<{ left: number }>(statement('put_aggregates'), [
    column(({ id }) => id),
    column(({ user }) => user),
    column(({ date }) => date),
    column(({ state }) => state.tasks),
    column(({ state }) => state.successful),
    column(({ state }) => state.failed),
    column(({ state }) => saturate(state.tokens)),
    column(({ state }) => usd(state.costNano)),
    column(({ state }) => JSON.stringify(Object.fromEntries([...state.models].sort()))),
    column(({ state }) => saturate(state.tools)),
    column(({ state }) => JSON.stringify(Object.fromEntries([...state.toolRuns].sort()))),
    column(({ state }) => (state.ended === 0 ? null : saturate(Math.round(state.durationMs / state.ended)))),
    column(({ state }) => (state.calls === 0 ? null : (state.cacheHits / state.calls).toFixed(2))),
    column(({ was }) => was.tasks),
    column(({ was }) => saturate(was.tokens)),
  ])
  return row!.left
}
