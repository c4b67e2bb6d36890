import { saturate, usd } from '../../columns.ts'
import { namedId } from '../../settle/model/ids.ts'
import type { Counts } from '../../settle/share/share.ts'
import type { DayState } from '../../settle/workflow/day-sums.ts'
import { addDays, dateOf, dayOf, noDay } from '../../settle/workflow/day-sums.ts'
import type { Session } from '../../store/database.ts'
import { fromExactJson, toExactJson } from '../ledger/share-codec.ts'
import { column } from '../lists.ts'
import { statement } from '../statements.ts'
import type { UserOf, WorkflowChange } from '../workflows/workflow-change.ts'

/** What the transaction adds to a day of a user, or of the runs without one. */
interface DayChange {
  /** The key of the day in spanledger.days. */
  readonly key: string
  /** null: the runs without a user. */
  readonly user: string | null
  readonly date: string
  readonly change: DayState
}

/** The columns of a day that a platform's own sums may leave empty. */
export const derivedDayColumns = ['tools_invoked', 'tool_distribution', 'model_usage', 'cache_hit_rate'] as const

/** One of these columns. */
export type DerivedDayColumn = (typeof derivedDayColumns)[number]

/** Workflows whose tasks are ours, with their users. */
interface OwnTasks {
  readonly workflows: readonly WorkflowChange[]
  readonly users: UserOf
  /** Whether a trigger of the platform writes usage_daily_aggregates: our sums are kept, and not written there. */
  readonly platformSumsDays: boolean
  /** The columns that are written there all the same, because such a trigger leaves them empty. */
  readonly unsummedColumns: readonly DerivedDayColumn[]
  /** Whether a row of usage_daily_aggregates must have a user: the sums of the runs without one are kept, and not written. */
  readonly daysNeedUser: boolean
}

/**
 * The key of the days of the runs without a user, which has no row in `users`. It is the greatest one: its row, which most
 * transactions change, is locked last and for the shortest time.
 */
const noUserKey = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** What is known of written days when the transaction is committed. */
export interface WrittenDays {
  /** The number of days whose rows another writer has changed, and which stay as they are. */
  readonly foreign: Promise<number>
}

/**
 * Adds what the tasks changed to their days; no other task is read. Other transactions wait for these days until the COMMIT,
 * which therefore waits for no answer but that of the lock.
 */
export async function writeDays(session: Session, tasks: OwnTasks): Promise<WrittenDays> {
  const days = [...changesOf(tasks).values()]
  if (days.length === 0) return { foreign: Promise.resolve(0) }
  const locks = await session.query<{ user_id: string; date: string; state: string }>(statement('lock_days'), [
    column(days, 'key'),
    column(days, 'date'),
  ])
  const stored = new Map<string, DayState>()
  for (const { user_id, date, state } of locks)
    stored.set(`${user_id} ${date}`, state === '' ? noDay : fromExactJson(state))
  const [kept, emptied]: [ChangedDay[], ChangedDay[]] = [[], []]
  for (const { key, user, date, change } of days) {
    const before = stored.get(`${key} ${date}`)!
    const state = addDays(before, change, 1)
    const list = state.tasks === 0 ? emptied : kept
    list.push({ id: namedId('day', key, date), key, user, date, before, state })
  }
  if (tasks.platformSumsDays) await fillDays(session, [...kept, ...emptied], tasks.unsummedColumns)
  const withRows = tasks.daysNeedUser ? kept.filter(hasUser) : kept
  const shown = tasks.platformSumsDays ? [] : withRows
  session.late(deleteDays(session, emptied))
  session.late(updateDays(session, kept))
  const foreign = writeAggregates(session, shown)
  session.late(foreign)
  return { foreign }
}

function changesOf({ workflows, users }: OwnTasks): Map<string, DayChange> {
  const days = new Map<string, DayChange>()
  for (const workflow of workflows) {
    for (const [when, sign] of [
      ['before', -1],
      ['after', 1],
    ] as const) {
      const [state, user] = [workflow[when], users(workflow, when)]
      if (state === null) continue
      const [key, date] = [user ?? noUserKey, dateOf(state.row)]
      const day = `${key} ${date}`
      const sum = days.get(day)?.change ?? noDay
      days.set(day, { key, user, date, change: addDays(sum, dayOf(state.row, state.share), sign) })
    }
  }
  return days
}

/** A day before and after the transaction. `id` is the id of its row in usage_daily_aggregates, if we have written it. */
interface ChangedDay {
  readonly id: string
  readonly key: string
  readonly user: string | null
  readonly date: string
  readonly before: DayState
  readonly state: DayState
}

function hasUser({ user }: ChangedDay): boolean {
  return user !== null
}

/** Fills the columns of users' days that a platform's trigger makes and leaves empty. */
async function fillDays(
  session: Session,
  days: readonly ChangedDay[],
  columns: readonly DerivedDayColumn[],
): Promise<void> {
  const ofUsers = days.filter(hasUser)
  if (ofUsers.length === 0 || columns.length === 0) return
  const both = <T>(value: (state: DayState) => T) => [
    ofUsers.map(({ state }) => value(state)),
    ofUsers.map(({ before }) => value(before)),
  ]
  await session.query(statement('fill_days'), [
    ofUsers.map(({ user }) => user),
    ofUsers.map(({ date }) => date),
    ...both(({ tools }) => saturate(tools)),
    ...both(({ toolRuns }) => countsJson(toolRuns)),
    ...both(({ models }) => countsJson(models)),
    ...both(hitRate),
    ...derivedDayColumns.map((name) => columns.includes(name)),
  ])
}

function countsJson(counts: Counts): string {
  return JSON.stringify(Object.fromEntries([...counts].sort()))
}

function hitRate({ calls, cacheHits }: DayState): string | null {
  return calls === 0 ? null : (cacheHits / calls).toFixed(2)
}

async function deleteDays(session: Session, days: readonly ChangedDay[]): Promise<void> {
  if (days.length === 0) return
  await session.query(statement('delete_days'), [
    column(days, 'key'),
    column(days, 'date'),
    column(days, 'id'),
    days.map(({ before }) => before.tasks),
    days.map(({ before }) => saturate(before.tokens)),
  ])
}

async function updateDays(session: Session, days: readonly ChangedDay[]): Promise<void> {
  if (days.length === 0) return
  await session.query(statement('update_days'), [
    column(days, 'key'),
    column(days, 'date'),
    column(days, 'state').map(toExactJson),
  ])
}

/** The values of a row of usage_daily_aggregates, in the order of the statement's parameters. */
const aggregateValues: readonly ((day: ChangedDay) => string | number | null)[] = [
  ({ id }) => id,
  ({ user }) => user,
  ({ date }) => date,
  ({ state }) => state.tasks,
  ({ state }) => state.successful,
  ({ state }) => state.failed,
  ({ state }) => saturate(state.tokens),
  ({ state }) => usd(state.costNano),
  ({ state }) => countsJson(state.models),
  ({ state }) => saturate(state.tools),
  ({ state }) => countsJson(state.toolRuns),
  ({ state }) => (state.ended === 0 ? null : saturate(Math.round(state.durationMs / state.ended))),
  ({ state }) => hitRate(state),
  ({ before }) => before.tasks,
  ({ before }) => saturate(before.tokens),
]

async function writeAggregates(session: Session, days: readonly ChangedDay[]): Promise<number> {
  if (days.length === 0) return 0
  const values = aggregateValues.map((value) => days.map(value))
  const [row] = await session.query<{ left: number }>(statement('write_aggregates'), values)
  return row!.left
}
