import { type Column, exactText } from './column.ts'

/** Writes a line of CSV (RFC 4180). Cells that begin like a formula are not changed: that would change data. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`
}

/** Writes rows as CSV, with a line of heads unless that is written already. */
export function csvText<Row>(columns: readonly Column<Row>[], rows: readonly Row[], hasHeads: boolean = true): string {
  const lines = rows.map((row) => columns.map(({ value }) => exactText(value(row))))
  return [...(hasHeads ? [columns.map(({ name }) => name)] : []), ...lines].map(csvLine).join('')
}
