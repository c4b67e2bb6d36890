import { signal } from '@preact/signals'
import { parseColumns, printColumns, type RunColumn } from './columns.ts'
import { remember, remembered } from './theme.ts'

const key = 'spanledger.columns'

/** The columns that were chosen in this browser; null: the usual ones. */
export const chosenColumns = signal(parseColumns(remembered(key)))

/** Remembers a choice of columns. */
export function chooseColumns(chosen: readonly RunColumn[] | null): void {
  chosenColumns.value = chosen
  remember(key, printColumns(chosen))
}
