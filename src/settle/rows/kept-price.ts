import type { UsageRow } from '../model/rows.ts'
import { sameContent } from './diff-rows.ts'

/** The cost of a row of token_usage with where it comes from, as it is written. */
export interface StoredCost extends Pick<UsageRow, 'costNano' | 'price'> {
  /** null: an earlier version wrote the row, which is unpriced if no price is known and the cost is 0. */
  readonly unpriced: boolean | null
}

/** Whether the row of a call gets the present price in place of the one that it was written with. */
export type IsRepriced = (row: Pick<UsageRow, 'endNs' | 'model'>) => boolean

/** Every row keeps its price. */
export const noneRepriced: IsRepriced = () => false

/**
 * The row `after` with the cost of `before`, where the two differ in nothing but the price of the day: a newer price list
 * changes no row that is written. A cost that the sender states is no price, and is taken as it is.
 */
export function keptPrice(
  before: UsageRow | null,
  after: UsageRow | null,
  isRepriced: IsRepriced = noneRepriced,
): UsageRow | null {
  if (before === null || after === null || before.id !== after.id || isRepriced(after)) return after
  if (before.price.source === 'stated' || after.price.source === 'stated') return after
  const { costNano, unpriced, price } = before
  const kept = { ...after, costNano, unpriced, price }
  return sameContent(before, kept) ? kept : after
}
