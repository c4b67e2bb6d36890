import type { Session } from '../store/database.ts'
import { alertId } from './alerts.ts'
import { type Budget, isLimited, isReached, type Spent, spentOf, type Threshold, thresholds } from './budget.ts'
import { periodStart, rangeOf, timeText } from './periods.ts'
import { budgetStatement } from './statements.ts'

/** An alert of the table. */
export interface StoredAlert {
  readonly reachedAt: Date
  /** null: it was not withdrawn. */
  readonly withdrawnAt: Date | null
  readonly delivery: string
}

/** How much of a budget a value has spent in one period. */
export interface BudgetState {
  readonly budget: Budget
  /** The value as people write it. */
  readonly name: string
  /** The day on which the period began. */
  readonly start: string
  readonly spent: Spent
  /** The spent part of the limit: 1 is all of it. */
  readonly share: number
  /** The percentages that are reached by the calls, whether or not an alert was made of it so far. */
  readonly reached: readonly Threshold[]
  readonly alerts: ReadonlyMap<Threshold, StoredAlert>
}

/** Reads how budgets stand on a day: from the calls themselves, so that it is true without a receiver, too. */
export async function readBudgets(
  session: Session,
  budgets: readonly Budget[],
  { tenant, day }: { readonly tenant: string; readonly day: string },
): Promise<BudgetState[]> {
  const starts = [...new Set(budgets.map(({ period }) => periodStart(period, day)))]
  const alerts = await readAlerts(session, starts)
  const states: BudgetState[] = []
  const known = new Map<string, readonly NamedSpent[]>()
  for (const budget of budgets) {
    const start = periodStart(budget.period, day)
    const key = `${budget.per} ${start} ${budget.period}`
    const spent = known.get(key) ?? (await readSpent(session, budget, start, tenant))
    known.set(key, spent)
    for (const one of withUnspent(budget, spent, tenant))
      states.push(stateOf({ ...one, budget, start }, alerts, tenant))
  }
  return states.sort((a, b) => b.share - a.share)
}

interface NamedSpent {
  readonly name: string
  readonly spent: Spent
}

const nothing: Spent = { nanoUsd: 0n, tokens: 0n }

/** What the limited values have spent; nothing for those that a budget names and that have no call. */
function withUnspent(budget: Budget, spent: readonly NamedSpent[], tenant: string): NamedSpent[] {
  const limited = spent.filter(({ name }) => isLimited(budget, name))
  const named = budget.per === 'tenant' ? [tenant || 'default'] : budget.only
  const unspent = named.filter((name) => !limited.some((one) => one.name === name))
  return [...limited, ...unspent.map((name) => ({ name, spent: nothing }))]
}

function stateOf(
  { budget, name, start, spent }: NamedSpent & { readonly budget: Budget; readonly start: string },
  stored: ReadonlyMap<string, StoredAlert>,
  tenant: string,
): BudgetState {
  const { limit } = budget
  const alerts = thresholds.flatMap((threshold) => {
    const alert = stored.get(alertId(tenant, { budget, name, start }, threshold))
    return alert === undefined ? [] : [[threshold, alert] as const]
  })
  return {
    ...{ budget, name, start, spent },
    share: Number(spentOf(limit.unit, spent)) / Number(limit.amount),
    reached: thresholds.filter((threshold) => isReached(limit, spent, threshold)),
    alerts: new Map(alerts),
  }
}

async function readSpent(session: Session, budget: Budget, start: string, tenant: string): Promise<NamedSpent[]> {
  const { sinceMs, untilMs } = rangeOf(budget.period, start)
  const rows = await session.query<{ value: string | null; nano_usd: string; tokens: string }>(
    budgetStatement('spent'),
    [budget.per, timeText(sinceMs), timeText(untilMs)],
  )
  const values = rows.flatMap(({ value }) => value ?? [])
  const names = budget.per === 'user' ? await userNames(session, values) : null
  return rows.flatMap(({ value, nano_usd: nanoUsd, tokens }) => {
    if (value === null) return []
    const name = budget.per === 'tenant' ? tenant || 'default' : names === null ? value : names.get(value)
    return name === undefined ? [] : [{ name, spent: { nanoUsd: BigInt(nanoUsd), tokens: BigInt(tokens) } }]
  })
}

/** How spans name users, by their ids. */
export async function userNames(session: Session, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await session.query<{ id: string; name: string }>(budgetStatement('names_of_users'), [ids])
  return new Map(rows.map(({ id, name }) => [id, name]))
}

async function readAlerts(session: Session, starts: readonly string[]): Promise<Map<string, StoredAlert>> {
  const rows = await session.query<{ id: string; reached_at: Date; withdrawn_at: Date | null; delivery: string }>(
    budgetStatement('list_alerts'),
    [starts],
  )
  return new Map(
    rows.map(({ id, reached_at: reachedAt, withdrawn_at: withdrawnAt, delivery }) => [
      id,
      { reachedAt, withdrawnAt, delivery },
    ]),
  )
}
