import { textTable } from '../formats/text-table.ts'

const signed = /^-?\d[\d.]*$/

/** A table whose columns of numbers are aligned to the right, with a sign or without. */
export function alignedTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]!.length)))
  const isNumeric = heads.map(
    (_, i) => rows.some((row) => row[i] !== '') && rows.every((row) => row[i] === '' || signed.test(row[i]!)),
  )
  const aligned = (row: readonly string[]) => row.map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i]!) : cell))
  return textTable(aligned(heads), rows.map(aligned))
}
