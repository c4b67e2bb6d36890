import { escapedText } from '../../../terminal-text.ts'
import type { CommandInput } from '../../command-line/command.ts'
import { type Column, exactText, type JsonValue, type View } from './column.ts'
import { csvText } from './csv.ts'
import { pickColumns } from './pick-columns.ts'
import { painter } from './terminal/paint.ts'
import { terminalTable } from './terminal/terminal-face.ts'
import { wrapToWidth } from './terminal/text-width.ts'
import { timeZoneOption } from './time-zone.ts'

/** A table, and what is said beside it. */
export interface PrintedTable<Row> {
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  /** A line above the table on a terminal: what is shown, of which time. */
  readonly title?: string
  /** The row of sums, on a terminal only: programs add up by themselves. */
  readonly total?: Row
  /** Whether the rows before were printed already, so that no heads are due. */
  readonly isContinued?: true
  /** Whether a row is a sentence below another one, for people only. */
  readonly isSentence?: (row: Row) => boolean
  /** Lines for standard error: what is missing in the sums, how to get more. */
  readonly notes?: readonly string[]
}

/**
 * Prints a table: for people, fitted to their terminal; in a pipe a row a line with tabs between exact values, times in
 * RFC 3339 and no heads; or as JSON or CSV where that was asked for. Control characters are escaped but for JSON and CSV.
 */
export function printTable<Row>(input: CommandInput, table: PrintedTable<Row>): void {
  const { switches, terminal, write, writeError } = input
  const { rows: all, title, total, isSentence, isContinued = false, notes = [] } = table
  const rows = all.filter((row) => !isSentence?.(row))
  const columns = table.columns.filter(({ isDrawing }) => !isDrawing)
  const picked = pickedColumns(input, columns)
  if (picked !== null) write(`${JSON.stringify(jsonRows(picked, rows), null, 2)}\n`)
  else if (switches.has('csv')) write(csvText(columns, rows, !isContinued))
  else if (terminal.width === null) write(pipeText(columns, rows, switches.has('header') && !isContinued))
  else {
    const paint = painter(terminal.colors)
    const face = { width: terminal.width, view: viewOf(input), paint, isSentence }
    if (title !== undefined)
      for (const line of wrapToWidth(escapedText(title), terminal.width)) write(`${paint(line, 'strong')}\n`)
    write(terminalTable(table.columns, total === undefined ? all : [...all, total], face))
  }
  for (const note of notes) writeError(`${escapedText(note)}\n`)
}

/** Whether people read what is printed, rather than a program. */
export function isForPeople({ switches, options, terminal }: CommandInput): boolean {
  return terminal.width !== null && !options.has('json') && !switches.has('csv')
}

/** The columns that `--json` names, all where it names none; null without `--json`. */
export function pickedColumns<Named extends { readonly name: string }>(
  { options }: Pick<CommandInput, 'options'>,
  columns: readonly Named[],
): readonly Named[] | null {
  const list = options.get('json')
  if (list === undefined) return null
  return list[0] === undefined ? columns : pickColumns(columns, list[0])
}

/** What the people's face depends on. */
export function viewOf(input: Pick<CommandInput, 'options' | 'terminal'>): View {
  return { nowMs: input.terminal.nowMs(), timeZone: timeZoneOption(input), unicode: input.terminal.unicode }
}

/** The object of a row, with these columns. */
export function jsonRow<Row>(columns: readonly Column<Row>[], row: Row): { readonly [name: string]: JsonValue } {
  return Object.fromEntries(columns.map(({ name, value }) => [name, value(row)]))
}

function jsonRows<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): JsonValue[] {
  return rows.map((row) => jsonRow(columns, row))
}

/** The columns that a terminal shows, exact and with tabs between. */
function pipeText<Row>(columns: readonly Column<Row>[], rows: readonly Row[], hasHeads: boolean): string {
  const shown = columns.filter(({ head }) => head !== undefined)
  const lines = rows.map((row) => shown.map(({ value }) => escapedText(exactText(value(row)))))
  const heads = hasHeads ? [shown.map(({ name }) => name)] : []
  return [...heads, ...lines].map((line) => `${line.join('\t')}\n`).join('')
}
