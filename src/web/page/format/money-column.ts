import { money } from './numbers.ts'

/** Digits behind the point by the size of a column's total, in nano-dollars. */
const digitsFrom: readonly (readonly [bigint, number])[] = [
  [10_000_000_000n, 2],
  [100_000_000n, 4],
  [1_000_000n, 6],
  [0n, 9],
]

/** How costs and their total are written. */
export interface MoneyColumn<Row> {
  /** The cost of a row. */
  readonly textOf: (row: Row) => string
  readonly total: string
}

/**
 * Writes costs and their total with equally many digits, so that what is shown sums to the total that is shown: what
 * rounding leaves goes to those with the largest remainders (docs/design.md §4.5). A cost that is too small for these
 * digits is shown as less than the last of them, and adds nothing to the total.
 */
export function moneyColumn<Row>(rows: readonly Row[], nanoOf: (row: Row) => string): MoneyColumn<Row> {
  const nano = rows.map((row) => BigInt(nanoOf(row)))
  const sum = nano.reduce((all, value) => all + value, 0n)
  const digits = digitsFrom.find(([from]) => sum >= from)?.[1] ?? 9
  const unit = 10n ** BigInt(9 - digits)
  const total = (sum + unit / 2n) / unit
  const floors = nano.map((value) => value / unit)
  let left = Number(total - floors.reduce((all, value) => all + value, 0n))
  const byRemainder = nano.map((value, index) => [value % unit, index] as const)
  byRemainder.sort(([a], [b]) => (a > b ? -1 : a < b ? 1 : 0))
  for (const [, index] of byRemainder) {
    if (left-- <= 0) break
    floors[index]!++
  }
  const textAt = (index: number) =>
    nano[index]! > 0n && floors[index] === 0n ? `<${money(unit, digits)}` : money(floors[index]! * unit, digits)
  const texts = new Map(rows.map((row, index) => [row, textAt(index)]))
  return { textOf: (row) => texts.get(row)!, total: money(total * unit, digits) }
}
