import type pg from 'pg'
import { type Budget, budgetsOf, thresholds } from '../../src/budgets/budget.ts'
import { checkBudgets } from '../../src/budgets/check.ts'
import type { CheckWork } from '../../src/budgets/sum-spend.ts'
import { Unavailable } from '../../src/errors.ts'
import type { Database } from '../../src/store/database.ts'
import type { TouchedUsage } from '../../src/transaction/touched-usage.ts'

/** A budget without exceptions. */
export function budgetOf(
  per: Budget['per'],
  period: Budget['period'],
  limit: { readonly usd?: number; readonly tokens?: number },
  other: Partial<Budget> = {},
): Budget {
  const amount = limit.usd === undefined ? BigInt(limit.tokens!) : BigInt(Math.round(limit.usd * 1e9))
  const unit = limit.usd === undefined ? 'tokens' : 'usd'
  return { name: `${per}-${period}`, per, only: [], tenants: [], period, limit: { unit, amount }, ...other }
}

/** Checks budgets as a receiver does after commits, or when it looks around; again where the database was busy. */
export async function check(
  database: Database,
  budgets: readonly Budget[],
  touched: readonly TouchedUsage[],
  other: Partial<CheckWork> & { readonly hasWebhook?: boolean } = {},
) {
  const { hasWebhook = true, ...work } = other
  const options = { database, budgets: budgetsOf(budgets, database.tenant), hasWebhook }
  const all: CheckWork = {
    hours: new Set(touched.flatMap(({ hours }) => [...hours])),
    tasks: touched.flatMap(({ tasks }) => tasks),
    looksAround: false,
    sumsMonths: false,
    decidesAll: false,
    ...work,
  }
  for (let attempts = 1; ; attempts++) {
    try {
      return await checkBudgets(options, all)
    } catch (error) {
      if (!(error instanceof Unavailable) || attempts === 100) throw error
    }
  }
}

const keys = {
  user: '(select external_id from users where id = u.user_id)',
  tenant: "'default'",
  model: 'u.model',
  workflow_name: "(select t.metadata::jsonb ->> 'workflow_name' from task_executions t where t.id = u.task_id)",
} as const

/** The alerts that must be reached, by plain SQL over the calls: `budget value start threshold`, sorted. */
export async function alertsBySql(client: pg.Client, budgets: readonly Budget[]): Promise<string[]> {
  const found: string[] = []
  for (const { name, per, only, period, limit } of budgets) {
    const { rows } = await client.query<{ value: string; start: string; spent: string }>(`
      select ${keys[per]} as value, date_trunc('${period}', u.created_at at time zone 'UTC')::date::text as start,
        sum(${limit.unit === 'usd' ? 'cost_nano_usd' : 'total_tokens'})::text as spent
      from token_usage u group by 1, 2`)
    for (const { value, start, spent } of rows) {
      if (value === null || (only.length > 0 && !only.includes(value))) continue
      for (const threshold of thresholds)
        if (BigInt(spent) * 100n >= limit.amount * BigInt(threshold))
          found.push(`${name} ${value} ${start} ${threshold}`)
    }
  }
  return found.sort()
}

/** The alerts in the table that are reached, in the same form. */
export async function reachedAlerts(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ alert: string }>(
    "select budget || ' ' || value || ' ' || period_start || ' ' || threshold as alert from budget_alerts where withdrawn_at is null",
  )
  return rows.map(({ alert }) => alert).sort()
}

/** Empties the tables of budgets. */
export const emptyBudgets =
  'delete from budget_alerts; delete from budget_spend; delete from budget_months; delete from budget_checks'
