import type { TextRows } from '../../store/database.ts'
import { escapedText } from '../../terminal-text.ts'
import type { CommandInput } from '../command-line/command.ts'
import type { Column, JsonValue } from '../formats/table/column.ts'
import { printTable } from '../formats/table/print-table.ts'
import { cutToWidth } from '../formats/table/terminal/text-width.ts'

type TextRow = readonly (string | null)[]

/** The types that JSON has numbers for, without loss: int2, int4, float4, float8. */
const jsonNumbers: ReadonlySet<number> = new Set([21, 23, 700, 701])
/** Those that are aligned to the right besides: int8, numeric. */
const longNumbers: ReadonlySet<number> = new Set([20, 1700])
const boolean = 16
const json: ReadonlySet<number> = new Set([114, 3802])

/** Prints rows that a typed statement has given. `isContinued`: the rows before were printed already. */
export function printRows(input: CommandInput, { columns, rows }: TextRows, isContinued: boolean): void {
  printTable(input, { columns: columnsOf(columns), rows, ...(isContinued && { isContinued: true }) })
}

function columnsOf(columns: TextRows['columns']): Column<TextRow>[] {
  return columns.map(({ name, type }, i) => ({
    name,
    head: name,
    value: (row) => jsonOf(row[i] ?? null, type),
    text: (row) => row[i] ?? '',
    ...(jsonNumbers.has(type) || longNumbers.has(type) ? { align: 'right' } : { least: 8 }),
  }))
}

/** The value of a text in JSON: whole numbers of 64 bits and decimal ones stay text, since readers round them. */
export function jsonOf(text: string | null, type: number): JsonValue {
  if (text === null) return null
  if (jsonNumbers.has(type) && Number.isFinite(Number(text))) return Number(text)
  if (type === boolean) return text === 't'
  return json.has(type) ? JSON.parse(text) : text
}

/** Prints each row as lines, a column a line, as psql's `\\x` does. */
export function printExpanded({ write, terminal }: CommandInput, { columns, rows }: TextRows, from: number): void {
  const width = Math.max(0, ...columns.map(({ name }) => name.length))
  for (const [i, row] of rows.entries()) {
    write(`-[ ${from + i + 1} ]${'-'.repeat(Math.max(0, width - 4))}\n`)
    for (const [column, { name }] of columns.entries()) {
      const text = escapedText(row[column] ?? '')
      const room = terminal.width === null ? Number.POSITIVE_INFINITY : Math.max(10, terminal.width - width - 3)
      write(`${name.padEnd(width)} | ${room === Number.POSITIVE_INFINITY ? text : cutToWidth(text, room, '…')}\n`)
    }
  }
}
