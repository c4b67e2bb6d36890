import type { Column } from '../formats/table/column.ts'
import { durationText, shareText } from '../formats/table/human-texts.ts'

/** A column of a duration in milliseconds. */
export function durationColumn<Row>(name: string, head: string, value: (row: Row) => number | null): Column<Row> {
  return { name, head, align: 'right', value, text: (row) => durationText(value(row)) }
}

/** A column of the share, 0 to 1, of runs that succeeded among those that ended; null where none has. */
export function successColumn<Row>(
  outcomes: (row: Row) => { readonly succeeded: number; readonly failed: number },
): Column<Row> {
  const value = (row: Row) => {
    const { succeeded, failed } = outcomes(row)
    return succeeded + failed === 0 ? null : succeeded / (succeeded + failed)
  }
  return {
    name: 'success',
    head: 'SUCCESS',
    align: 'right',
    value,
    text: (row) => (value(row) === null ? '' : shareText(value(row)!)),
    tone: (row) => (value(row) === 1 ? 'good' : undefined),
  }
}
