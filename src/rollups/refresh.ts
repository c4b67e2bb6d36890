import { awaitInOrder, type Database, type Session } from '../store/database.ts'
import { dayMs, hourMs, rangesOfUnits, startOfUnit, unitsIn } from '../store/time-ranges.ts'
import { rollupStatement } from './statements.ts'

/** An hour is summed up for the first time so long after its end: most spans have arrived then. */
const settledAfterMs = 10 * 60_000
/** The most hours that one transaction sums up. */
const hoursOfStep = 24
/** One process at a time sums up: others wait for the transaction that it is in. */
const limits = { lockTimeoutMs: 60_000, statementTimeoutMs: 300_000 }
/** What calls are summed up by, an hour at a time. Users are summed up by day: there may be as many as calls of an hour. */
const hourlyDimensions = ['model', 'provider', 'service-tier', 'tenant', 'agent', 'mode']

/** Which rows a sum is made of: calls by their end, or runs by their start. */
type RowKind = 'calls' | 'runs'

/**
 * Brings the sums of hours up to date: sums up the hours that have ended, those whose rows have changed since, and last,
 * from the newest to the oldest, the days of rows that were there before. Hours are always summed up from their rows, never
 * by a difference. Which hours are not up to date is known at any time, so readers are right before and meanwhile.
 */
export async function refreshRollups(database: Database, nowMs?: number): Promise<void> {
  const done = new Set<string>()
  while (await database.transaction((session) => refreshStep(session, done, nowMs), limits));
}

/** So many of the last hours are looked at. */
const recentHours = 72

/**
 * Finds hours that other programs or people have changed without saying so, by the number of their calls among the last 72
 * hours. The next refresh sums them up again.
 */
export async function findChangedHours(database: Database): Promise<void> {
  await database.transaction((session) => session.query(rollupStatement('find_changed_hours'), [recentHours]), limits)
}

interface RollupState {
  readonly from_ms: number
  readonly until_ms: number
  readonly now_ms: number
}

/** What one transaction sums up. Hours are the milliseconds at which they begin. */
interface Step {
  readonly fromMs: number
  readonly untilMs: number
  readonly calls: readonly number[]
  readonly runs: readonly number[]
  /** Whole days of UTC. */
  readonly days: readonly number[]
  /** Invalidations that say nothing any more. */
  readonly removed: readonly HourOfKind[]
}

interface HourOfKind {
  readonly kind: RowKind
  readonly hour_ms: number
}

/** Returns whether there may be more to do. `done` are hours that this refresh has summed up: one that changes again waits. */
async function refreshStep(session: Session, done: Set<string>, givenNowMs: number | undefined): Promise<boolean> {
  const [row] = await session.query<RollupState>(rollupStatement('rollup_state'), [givenNowMs ?? null])
  const [invalid, frozen] = await awaitInOrder([
    session.query<HourOfKind>(rollupStatement('invalid_hours')),
    session.query<{ kind: RowKind; before_ms: number }>(rollupStatement('frozen_before')),
  ])
  const state = { ...row!, now_ms: givenNowMs ?? row!.now_ms }
  const frozenMs = new Map(frozen.map(({ kind, before_ms: before }) => [kind, before]))
  const due = dueHours(state, invalid, { done, frozenMs })
  const step = due.calls.length + due.runs.length > 0 ? due : await olderDay(session, due)
  await sumUp(session, withDays(step, frozenMs.get('calls') ?? Number.NEGATIVE_INFINITY))
  for (const hour of step.calls) done.add(`calls ${hour}`)
  for (const hour of step.runs) done.add(`runs ${hour}`)
  return step.calls.length + step.runs.length > 0
}

interface Passed {
  readonly done: ReadonlySet<string>
  /** Before these times rows are removed by retention: the sums stay as they are. */
  readonly frozenMs: ReadonlyMap<RowKind, number>
}

/** The hours that have ended since, and those that have changed, the latest first. */
function dueHours(state: RollupState, invalid: readonly HourOfKind[], { done, frozenMs }: Passed): Omit<Step, 'days'> {
  const { from_ms: fromMs, until_ms: keptUntilMs, now_ms: nowMs } = state
  const closedMs = startOfUnit(nowMs - settledAfterMs, hourMs)
  const untilMs = Math.max(keptUntilMs, Math.min(closedMs, keptUntilMs + hoursOfStep * hourMs))
  const ended = unitsIn({ sinceMs: keptUntilMs, untilMs }, hourMs)
  const isKept = ({ kind, hour_ms: hour }: HourOfKind) =>
    hour >= fromMs && hour < keptUntilMs && hour >= (frozenMs.get(kind) ?? Number.NEGATIVE_INFINITY)
  const changed = invalid.filter(isKept)
  const hoursOf = (kind: RowKind) => {
    const hours = changed.filter((one) => one.kind === kind && !done.has(`${kind} ${one.hour_ms}`))
    return [...ended, ...hours.map(({ hour_ms: hour }) => hour)].slice(0, hoursOfStep)
  }
  return {
    ...{ fromMs, untilMs, calls: hoursOf('calls'), runs: hoursOf('runs') },
    removed: invalid.filter((one) => !isKept(one)),
  }
}

/** The latest day before those that are summed up, where there is one with rows. */
async function olderDay(session: Session, step: Omit<Step, 'days'>): Promise<Omit<Step, 'days'>> {
  const { fromMs } = step
  const [row] = await session.query<{ at_ms: number | null }>(rollupStatement('latest_row_before'), [fromMs])
  const atMs = row?.at_ms ?? Number.NaN
  if (!Number.isFinite(atMs)) return step
  const sinceMs = startOfUnit(atMs, dayMs)
  const hours = unitsIn({ sinceMs, untilMs: Math.min(sinceMs + dayMs, fromMs) }, hourMs)
  return { ...step, fromMs: sinceMs, calls: hours, runs: hours }
}

function withDays(step: Omit<Step, 'days'>, frozenMs: number): Step {
  const days = new Set(step.calls.map((hour) => startOfUnit(hour, dayMs)))
  const isWhole = (day: number) => day >= step.fromMs && day >= frozenMs && day + dayMs <= step.untilMs
  return { ...step, days: [...days].filter(isWhole) }
}

async function sumUp(session: Session, { fromMs, untilMs, calls, runs, days, removed }: Step): Promise<void> {
  const all: HourOfKind[] = [
    ...removed,
    ...calls.map((hour) => ({ kind: 'calls' as const, hour_ms: hour })),
    ...runs.map((hour) => ({ kind: 'runs' as const, hour_ms: hour })),
  ]
  const sums = (name: 'sum_hours' | 'sum_days_of_users' | 'sum_hours_of_uncounted', replaced: Replaced) => {
    if (replaced.units.length === 0) return []
    const ranges = rangesOfUnits(replaced.units, replaced.unitMs)
    return [
      session.query(rollupStatement('remove_sums'), [replaced.dimensions, replaced.units]),
      session.query(rollupStatement(name), [
        ranges.map(({ sinceMs }) => sinceMs),
        ranges.map((range) => range.untilMs),
      ]),
    ]
  }
  await awaitInOrder([
    // removed before the rows are read: what is committed in between invalidates the hour again
    session.query(rollupStatement('remove_invalidations'), [
      all.map(({ kind }) => kind),
      all.map(({ hour_ms: hour }) => hour),
    ]),
    ...sums('sum_hours', { dimensions: hourlyDimensions, units: calls, unitMs: hourMs }),
    ...sums('sum_days_of_users', { dimensions: ['user'], units: days, unitMs: dayMs }),
    ...sums('sum_hours_of_uncounted', { dimensions: ['uncounted'], units: runs, unitMs: hourMs }),
    session.query(rollupStatement('set_rollup_state'), [fromMs, untilMs]),
  ])
}

/** Hours or days whose sums are replaced. */
interface Replaced {
  readonly dimensions: readonly string[]
  readonly units: readonly number[]
  readonly unitMs: number
}
