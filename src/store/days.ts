import type { DayState } from '../settle/day.ts'
import type { Settling } from '../settle/settling.ts'
import type { Session } from './database.ts'
import { exactText, fromExactText } from './share-text.ts'
import { statement } from './statements.ts'
import type { Target, Users } from './target.ts'

interface Day {
  readonly user: string
  readonly date: string
  readonly change: DayState
}

/** Brings the days of the targets' users up to date by what the tasks changed; no task is looked at again. */
export async function putDays(
  session: Session,
  settling: Settling,
  targets: readonly Target[],
  users: Users,
): Promise<void> {
  const days = [...changesOf(settling, targets, users).values()]
  if (days.length === 0) return
  const locks = await session.query<{ user_id: string; date: string; state: string }>(statement('lock_days'), [
    days.map(({ user }) => user),
    days.map(({ date }) => date),
  ])
  const before = new Map(
    locks.map(({ user_id, date, state }) => [
      `${user_id} ${date}`,
      state === '' ? settling.noDay : fromExactText<DayState>(state),
    ]),
  )
  const after = days.map(({ user, date, change }) => ({
    user,
    date,
    state: settling.addDays(before.get(`${user} ${date}`)!, change, 1),
  }))
  await drop(
    session,
    after.filter(({ state }) => state.tasks === 0),
  )
  await put(
    session,
    settling,
    after.filter(({ state }) => state.tasks > 0),
  )
}

function changesOf(settling: Settling, targets: readonly Target[], users: Users): Map<string, Day> {
  const days = new Map<string, Day>()
  for (const target of targets) {
    for (const [when, sign] of [
      ['before', -1],
      ['after', 1],
    ] as const) {
      const [state, user] = [target[when], users(target, when)]
      if (state === null || user === null) continue
      const date = settling.dateOf(state.row)
      const key = `${user} ${date}`
      const sum = days.get(key)?.change ?? settling.noDay
      days.set(key, { user, date, change: settling.addDays(sum, settling.dayOf(state.row, state.share), sign) })
    }
  }
  return days
}

interface DayAfter {
  readonly user: string
  readonly date: string
  readonly state: DayState
}

async function drop(session: Session, days: readonly DayAfter[]): Promise<void> {
  if (days.length > 0)
    await session.query(statement('drop_days'), [days.map(({ user }) => user), days.map(({ date }) => date)])
}

async function put(session: Session, settling: Settling, days: readonly DayAfter[]): Promise<void> {
  if (days.length === 0) return
  const column = <T>(value: (day: DayAfter) => T) => days.map(value)
  const [users, dates] = [column(({ user }) => user), column(({ date }) => date)]
  await session.query(statement('put_days'), [users, dates, column(({ state }) => exactText(state))])
  await session.query(statement('put_aggregates'), [
    column(({ user, date }) => settling.namedId('day', user, date)),
    users,
    dates,
    column(({ state }) => state.tasks),
    column(({ state }) => state.successful),
    column(({ state }) => state.failed),
    column(({ state }) => saturated(state.tokens)),
    column(({ state }) => settling.usd(state.costNano)),
    column(({ state }) => JSON.stringify(Object.fromEntries([...state.models].sort()))),
    column(({ state }) => saturated(state.tools)),
    column(({ state }) => JSON.stringify(Object.fromEntries([...state.toolRuns].sort()))),
    column(({ state }) => (state.ended === 0 ? null : saturated(Math.round(state.durationMs / state.ended)))),
    column(({ state }) => (state.calls === 0 ? null : (state.cacheHits / state.calls).toFixed(2))),
  ])
}

function saturated(value: number): number {
  return Math.min(value, 2_147_483_647)
}
