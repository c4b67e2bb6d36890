/** A month in UTC, written like 2026-11. Months sort as text. */
export type Month = string

/** Returns the month of a moment. */
export function monthOf(date: Date): Month {
  return date.toISOString().slice(0, 7)
}

/** Returns the month that is so many months later, or earlier. */
export function addMonths(month: Month, months: number): Month {
  const [year, number] = month.split('-').map(Number)
  return monthOf(new Date(Date.UTC(year!, number! - 1 + months, 1)))
}

/** Returns the months from `first` to the one before `end`. */
export function monthsBetween(first: Month, end: Month): Month[] {
  const months: Month[] = []
  for (let month = first; month < end; month = addMonths(month, 1)) months.push(month)
  return months
}

/** Returns the bound of partitions between a month and the one before, as an SQL literal for times and for dates. */
export function boundOf(month: Month): string {
  return `'${month}-01 00:00:00+00'`
}

/** Returns the name of a table's partition, like task_executions_2025_10. */
export function partitionName(table: string, part: Month | 'past' | 'future'): string {
  return `${table}_${part.replace('-', '_')}`
}
