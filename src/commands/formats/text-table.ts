import { escapedText } from '../../terminal-text.ts'

/** A number with its unit or currency, which is aligned to the right. */
const numericCell = /^\$?[\d,.]+(?: [a-z]+)?$/

/**
 * Formats rows for a terminal: each column as wide as its widest cell, columns of numbers aligned to the right, but for ids,
 * whose digits may all be decimal. Control characters in cells are escaped.
 */
export function textTable(heads: readonly string[], cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(escapedText))
  const lines = [heads, ...rows]
  const columns = heads.map((head, column) => {
    const width = Math.max(...lines.map((line) => line[column]!.length))
    const isNumeric = head !== 'id' && rows.length > 0 && rows.every((row) => numericCell.test(row[column]!))
    return (cell: string) => (isNumeric ? cell.padStart(width) : cell.padEnd(width))
  })
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => columns[column]!(cell))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
