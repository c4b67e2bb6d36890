import type { SqlAnswer } from '../../../answers/sql.ts'

/** Saves the rows of an answer as a file, by RFC 4180. */
export function saveCsv({ columns, rows }: SqlAnswer, name: string): void {
  const lines = [columns.map((column) => column.name), ...rows].map((row) => row.map(field).join(','))
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([`${lines.join('\r\n')}\r\n`], { type: 'text/csv' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

/** A spreadsheet would run what begins with one of these as a formula. */
function field(value: string | null): string {
  if (value === null) return ''
  const isFormula = /^[=+\-@\t\r]/.test(value) && !/^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(value)
  const text = isFormula ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
