/** A cell that is read from its last digit. */
const number = /^\$?[\d,.]+(?: [a-z]+)?$/

/** Columns of text, each as wide as its widest cell, for a terminal; numbers stand at the right. The last one is as long as it is. */
export function textTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, ...rows]
  const columns = heads.map((_, column) => {
    const width = Math.max(...lines.map((line) => line[column]!.length))
    const isNumeric = rows.length > 0 && rows.every((row) => number.test(row[column]!))
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
