import { type Amounts, absolute, minus, quantities } from '../amounts.ts'
import type { ExplainedCell } from './reasons.ts'

/** How much the two sides may differ, in millionths: of tokens and of dollars. */
export interface Tolerance {
  readonly tokens: bigint
  readonly dollars: bigint
}

/** A difference of less than a cent is none of dollars, in nano-dollars. */
const cent = 10_000_000n
const million = 1_000_000n

/**
 * Whether a cell differs by no more than is tolerated. Calls that only crossed midnight are on both sides, and do not
 * count.
 */
export function isWithin({ bill, difference, reasons }: ExplainedCell, tolerance: Tolerance): boolean {
  const moved = reasons.filter(({ code }) => code === 'edge_of_day').map(({ amounts }) => amounts)
  const left = moved.reduce<Amounts>(minus, difference)
  const isSmall = (measure: keyof Amounts, part: bigint) =>
    absolute(left[measure]) * million <= absolute(bill[measure]) * part
  return (
    quantities.every((measure) => isSmall(measure, tolerance.tokens)) &&
    (absolute(left.cost) <= cent || isSmall('cost', tolerance.dollars))
  )
}
