/** What a budget limits: the calls of each user, of a tenant, of each model, or of each workflow name. */
export const budgetDimensions = ['user', 'tenant', 'model', 'workflow_name'] as const

/** One of these. */
export type BudgetDimension = (typeof budgetDimensions)[number]

/** A whole day or month of UTC. */
export type BudgetPeriod = 'day' | 'month'

/** The most that may be spent, in whole nano-dollars or tokens. */
export interface Limit {
  readonly unit: 'usd' | 'tokens'
  readonly amount: bigint
}

/** A limit on what calls may cost in a period, for each value of a dimension by itself. */
export interface Budget {
  readonly name: string
  readonly per: BudgetDimension
  /** The values that are limited, as people write them; none: all. */
  readonly only: readonly string[]
  /** The tenants in whose tables the budget holds, '' for the default one; none: all. */
  readonly tenants: readonly string[]
  readonly period: BudgetPeriod
  readonly limit: Limit
}

/** The percentages of a limit that make an alert. */
export const thresholds = [80, 100] as const

/** What calls of a value came to. */
export interface Spent {
  readonly nanoUsd: bigint
  readonly tokens: bigint
}

/** A percentage of a limit that is reached. */
export type Threshold = (typeof thresholds)[number]

/** Whether so much of a limit is reached, decided in whole numbers. */
export function isReached({ unit, amount }: Limit, spent: Spent, threshold: Threshold): boolean {
  return spentOf(unit, spent) * 100n >= amount * BigInt(threshold)
}

/** What was spent, in the unit of a limit. */
export function spentOf(unit: Limit['unit'], { nanoUsd, tokens }: Spent): bigint {
  return unit === 'usd' ? nanoUsd : tokens
}

/** The budgets that hold in a tenant's tables. */
export function budgetsOf(budgets: readonly Budget[], tenant: string): Budget[] {
  return budgets.filter(({ tenants }) => tenants.length === 0 || tenants.includes(tenant))
}

/** Whether a budget limits a value, as people write it. */
export function isLimited({ only }: Budget, name: string): boolean {
  return only.length === 0 || only.includes(name)
}
