/** The columns of a list of runs that can be left out; the run itself is always shown. */
export const columns = [
  'status',
  'user',
  'model',
  'started',
  'duration',
  'input',
  'output',
  'tokens',
  'cost',
  'tools',
  'agents',
] as const
export type RunColumn = (typeof columns)[number]

/** Reads what `printColumns` has printed, in the order of the table; null where no column is named. */
export function parseColumns(text: string | null): readonly RunColumn[] | null {
  const names = text?.split(',') ?? []
  const chosen = columns.filter((column) => names.includes(column))
  return chosen.length === 0 ? null : chosen
}

export function printColumns(chosen: readonly RunColumn[] | null): string {
  return chosen?.join(',') ?? ''
}
