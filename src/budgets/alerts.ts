import { namedId } from '../settle/model/ids.ts'
import { type Budget, isReached, type Spent, type Threshold, thresholds } from './budget.ts'

/** What one value has spent of a budget in one period. */
export interface PeriodSpent {
  readonly budget: Budget
  /** The value as people write it: of a user what spans name, of a tenant its name. */
  readonly name: string
  /** The day on which the period began. */
  readonly start: string
  readonly spent: Spent
}

/** An alert that is in the table. */
export interface KnownAlert {
  readonly id: string
  /** false: it was withdrawn. */
  readonly isReached: boolean
}

/** An alert that is reached, reached again, or withdrawn. */
export interface AlertChange extends PeriodSpent {
  readonly id: string
  readonly threshold: Threshold
  readonly isReached: boolean
  /** Whether the table has the alert already. */
  readonly isKnown: boolean
}

/**
 * The id of an alert: the same from every receiver, so that an alert is there once. The limit is part of it, because
 * 80 % of another limit is another alert.
 */
export function alertId(
  tenant: string,
  { budget, name, start }: Omit<PeriodSpent, 'spent'>,
  threshold: Threshold,
): string {
  const { per, period, limit } = budget
  const place = [budget.name, per, name, period, start]
  return namedId('budget alert', tenant, ...place, limit.unit, limit.amount.toString(), String(threshold))
}

/** Returns what must change so that the alerts of these sums are those of the table: a function of the sums alone (law 2). */
export function alertChanges(
  tenant: string,
  sums: readonly PeriodSpent[],
  known: ReadonlyMap<string, KnownAlert>,
): AlertChange[] {
  return sums.flatMap((sum) =>
    thresholds.flatMap((threshold) => {
      const isNow = isReached(sum.budget.limit, sum.spent, threshold)
      // most sums are far from their limit, and a hash for each of them takes its time
      if (!isNow && known.size === 0) return []
      const id = alertId(tenant, sum, threshold)
      const before = known.get(id)
      if (isNow === (before?.isReached ?? false)) return []
      return [{ ...sum, id, threshold, isReached: isNow, isKnown: before !== undefined }]
    }),
  )
}
