/** The widths that a column may have, in columns of the terminal. */
export interface ColumnWidth {
  /** That of the widest cell. */
  readonly natural: number
  /** The least to which the column is cut; equal to `natural` where it is not cut. */
  readonly least: number
  readonly isOptional: boolean
}

/** The blanks between two columns. */
export const gap = 2

/**
 * Fits columns to the width of a terminal: the last optional columns are left out first, then the widest of those that may
 * be cut become narrower together. Returns a width for each column; 0 for one that is left out.
 */
export function fitColumns(columns: readonly ColumnWidth[], width: number): number[] {
  const kept = new Set(columns.keys())
  const optional = [...columns.keys()].filter((i) => columns[i]!.isOptional).reverse()
  const room = () => width - gap * (kept.size - 1)
  const leastSum = () => sum([...kept].map((i) => columns[i]!.least))
  for (const i of optional) if (leastSum() > room()) kept.delete(i)
  const shown = [...kept].map((i) => columns[i]!)
  const limit = cuttingLimit(shown, room())
  return columns.map(({ natural, least }, i) => (kept.has(i) ? Math.max(least, Math.min(natural, limit)) : 0))
}

/** Returns the greatest width to which all columns that may be cut are cut, so that the sum fits; at least 1. */
function cuttingLimit(columns: readonly ColumnWidth[], room: number): number {
  const widthAt = (limit: number) => sum(columns.map(({ natural, least }) => Math.max(least, Math.min(natural, limit))))
  let limit = Math.max(1, ...columns.map(({ natural }) => natural))
  while (limit > 1 && widthAt(limit) > room) limit -= 1
  return limit
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
