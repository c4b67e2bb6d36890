import type { Database, Session } from '../store/database.ts'
import { type AlertChange, alertChanges, type KnownAlert, type PeriodSpent } from './alerts.ts'
import {
  type Budget,
  type BudgetDimension,
  type BudgetPeriod,
  budgetDimensions,
  isLimited,
  type Spent,
} from './budget.ts'
import { periodStart, rangeOf, timeText } from './periods.ts'
import { userNames } from './read-state.ts'
import { budgetStatement } from './statements.ts'
import { type ChangedValues, type CheckWork, sumSpend } from './sum-spend.ts'

/** What is checked, for one tenant. */
export interface CheckOptions {
  readonly database: Database
  /** The budgets that hold in the tenant's tables. */
  readonly budgets: readonly Budget[]
  /** Whether alerts have a webhook. */
  readonly hasWebhook: boolean
}

/** Senders don't wait for a check, so that it may wait for locks and sum up whole months. */
const limits = { lockTimeoutMs: 10_000, statementTimeoutMs: 60_000 }
/** The values whose periods are read at once. */
const valuesAtOnce = 2_000
/** An alert of a period that ended longer ago sends no webhook: its spans were imported, and the money is spent long since. */
const notifiedForMs = 2 * 24 * 3_600_000

/**
 * Brings the alerts of a tenant in line with what its calls cost, in one transaction of its own, and returns what has
 * changed. Checks of all receivers take turns, so each of them sees all that was committed before it began.
 */
export function checkBudgets({ database, budgets, hasWebhook }: CheckOptions, work: CheckWork): Promise<AlertChange[]> {
  const { tenant } = database
  return database.transaction(async (session) => {
    const dimensions = budgetDimensions.filter((dimension) => budgets.some(({ per }) => per === dimension))
    const { changed, nowMs } = await sumSpend(session, dimensions, work)
    const changes: AlertChange[] = []
    for (const [dimension, values] of changed) {
      const names = await namesOf(session, dimension, values, tenant)
      const ofDimension = budgets.filter(({ per }) => per === dimension)
      for (const some of chunks([...values], valuesAtOnce)) {
        const sums = await readSums(session, dimension, periodsOf(ofDimension, some, names))
        changes.push(...alertChanges(tenant, sums, await knownAlerts(session, sums)))
      }
    }
    const deliveryOf = ({ budget, start }: AlertChange) =>
      hasWebhook && rangeOf(budget.period, start).untilMs > nowMs - notifiedForMs ? 'pending' : 'none'
    await writeAlerts(session, changes, deliveryOf)
    return changes
  }, limits)
}

function* chunks<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let i = 0; i < all.length; i += size) yield all.slice(i, i + size)
}

/** How people write the values. A user who is gone has no name. */
async function namesOf(
  session: Session,
  dimension: BudgetDimension,
  values: ChangedValues,
  tenant: string,
): Promise<ReadonlyMap<string, string>> {
  const ids = [...values.keys()]
  if (dimension === 'tenant') return new Map([['', tenant || 'default']])
  if (dimension !== 'user') return new Map(ids.map((id) => [id, id]))
  return userNames(session, ids)
}

/** A period whose sum has changed. */
interface ChangedPeriod extends Omit<PeriodSpent, 'spent'> {
  /** The value as the sums have it. */
  readonly value: string
}

function periodsOf(
  budgets: readonly Budget[],
  values: readonly (readonly [string, ReadonlySet<string>])[],
  names: ReadonlyMap<string, string>,
): ChangedPeriod[] {
  return budgets.flatMap((budget) =>
    values.flatMap(([value, days]) => {
      const name = names.get(value)
      if (name === undefined || !isLimited(budget, name)) return []
      const starts = new Set([...days].map((day) => periodStart(budget.period, day)))
      return [...starts].map((start) => ({ budget, name, start, value }))
    }),
  )
}

async function readSums(
  session: Session,
  dimension: BudgetDimension,
  periods: readonly ChangedPeriod[],
): Promise<PeriodSpent[]> {
  const spent = new Map<string, Spent>()
  for (const kind of new Set(periods.map(({ budget }) => budget.period))) {
    const ofKind = periods.filter(({ budget }) => budget.period === kind)
    for (const row of await sumsOfKind(session, dimension, kind, ofKind))
      spent.set(`${kind} ${row.start} ${row.value}`, { nanoUsd: BigInt(row.nano_usd), tokens: BigInt(row.tokens) })
  }
  return periods.map(({ budget, name, start, value }) => ({
    ...{ budget, name, start },
    spent: spent.get(`${budget.period} ${start} ${value}`) ?? nothing,
  }))
}

const nothing: Spent = { nanoUsd: 0n, tokens: 0n }

interface PeriodSum {
  readonly value: string
  readonly start: string
  readonly nano_usd: string
  readonly tokens: string
}

function sumsOfKind(
  session: Session,
  dimension: BudgetDimension,
  kind: BudgetPeriod,
  periods: readonly ChangedPeriod[],
): Promise<PeriodSum[]> {
  const starts = [...new Set(periods.map(({ start }) => start))].sort()
  return session.query<PeriodSum>(budgetStatement('sums_of_periods'), [
    ...[dimension, kind, [...new Set(periods.map(({ value }) => value))]],
    timeText(rangeOf(kind, starts[0]!).sinceMs),
    timeText(rangeOf(kind, starts.at(-1)!).untilMs),
  ])
}

async function knownAlerts(session: Session, sums: readonly PeriodSpent[]): Promise<Map<string, KnownAlert>> {
  if (sums.length === 0) return new Map()
  const rows = await session.query<{ id: string; is_reached: boolean }>(budgetStatement('find_alerts'), [
    [...new Set(sums.map(({ budget }) => budget.name))],
    [...new Set(sums.map(({ start }) => start))],
  ])
  return new Map(rows.map(({ id, is_reached: isReached }) => [id, { id, isReached }]))
}

async function writeAlerts(
  session: Session,
  changes: readonly AlertChange[],
  deliveryOf: (change: AlertChange) => string,
): Promise<void> {
  const added = changes.filter(({ isKnown }) => !isKnown)
  const known = changes.filter(({ isKnown }) => isKnown)
  const limitIn = (unit: string) =>
    added.map(({ budget: { limit } }) => (limit.unit === unit ? String(limit.amount) : null))
  const spent = (list: readonly AlertChange[]) => [
    list.map((one) => String(one.spent.nanoUsd)),
    list.map((one) => String(one.spent.tokens)),
  ]
  if (added.length > 0)
    await session.query(budgetStatement('add_alerts'), [
      added.map(({ id }) => id),
      added.map(({ budget }) => budget.name),
      added.map(({ budget }) => budget.per),
      added.map(({ name }) => name),
      added.map(({ budget }) => budget.period),
      added.map(({ start }) => start),
      added.map(({ threshold }) => threshold),
      limitIn('usd'),
      limitIn('tokens'),
      ...spent(added),
      added.map(deliveryOf),
    ])
  if (known.length > 0)
    await session.query(budgetStatement('change_alerts'), [
      known.map(({ id }) => id),
      known.map(({ isReached }) => isReached),
      ...spent(known),
      known.map(deliveryOf),
    ])
}
