import { escapedText } from '../../../../terminal-text.ts'
import { type Column, exactText, type Tone, type View } from '../column.ts'
import { fitColumns, gap } from './fit-columns.ts'
import type { Paint } from './paint.ts'
import { cutToWidth, padToWidth, widthOf } from './text-width.ts'

/** What a table for people is made with. */
export interface TerminalFace<Row> {
  /** Whether the first cell of a row takes the whole line, as a sentence below another row does. */
  readonly isSentence?: ((row: Row) => boolean) | undefined
  /** Columns of the terminal. */
  readonly width: number
  readonly view: View
  readonly paint: Paint
}

interface Cell {
  readonly text: string
  readonly tone: Tone | undefined
}

/** A column with its widest cells' width and where its texts stand. */
interface Shown<Row> {
  readonly column: Column<Row>
  readonly width: number
}

/** Writes rows as a table that fits the width of a terminal; control characters in cells are escaped. */
export function terminalTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  face: TerminalFace<Row>,
): string {
  const headed = columns.filter(({ head }) => head !== undefined)
  const lines = rows.map((row) => ({
    isSentence: face.isSentence?.(row) ?? false,
    cells: headed.map((column) => cellOf(column, row, face.view)),
  }))
  const cells = lines.filter(({ isSentence }) => !isSentence).map((line) => line.cells)
  const widths = fitColumns(
    headed.map(({ head, least, optional }, i) => {
      const natural = Math.max(widthOf(head!), ...cells.map((line) => widthOf(line[i]!.text)))
      return { natural, least: Math.min(natural, least ?? natural), isOptional: optional ?? false }
    }),
    face.width,
  )
  const shown = headed.map((column, i) => ({ column, width: widths[i]! }))
  const heads = headed.map(({ head }): Cell => ({ text: head!, tone: 'faint' }))
  const texts = lines.map((line) =>
    line.isSentence ? sentenceText(line.cells[0]!, face) : lineText(shown, line.cells, face),
  )
  return [lineText(shown, heads, face), ...texts].map((line) => `${line}\n`).join('')
}

function sentenceText<Row>({ text, tone }: Cell, { width, view, paint }: TerminalFace<Row>): string {
  return paint(cutToWidth(text, width, endingOf(view)), tone)
}

function endingOf({ unicode }: View): string {
  return unicode ? '…' : '.'
}

function cellOf<Row>({ value, text, tone }: Column<Row>, row: Row, view: View): Cell {
  return { text: escapedText(text?.(row, view) ?? exactText(value(row))), tone: tone?.(row) }
}

function lineText<Row>(
  shown: readonly Shown<Row>[],
  line: readonly Cell[],
  { view, paint }: TerminalFace<Row>,
): string {
  const texts = shown.flatMap(({ column, width }, i) => {
    if (width === 0) return []
    const { text, tone } = line[i]!
    const cut = cutToWidth(text, width, endingOf(view))
    const padded = padToWidth(cut, width, column.align ?? 'left')
    const isLast = shown.slice(i + 1).every((later) => later.width === 0)
    return [paint(isLast ? padded.trimEnd() : padded, tone)]
  })
  return texts.join(' '.repeat(gap)).trimEnd()
}
