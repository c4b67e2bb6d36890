import type { Columnar } from '../../answers/common.ts'

/** The rows of a column-wise answer as objects. */
export function rowsOf<Row extends object>({ columns, rows }: Columnar<Row>): Row[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])) as Row)
}
