import { escapedText } from '../../../terminal-text.ts'
import { type Column, exactText, type Tone, type View } from './column.ts'
import { fitColumns, gap } from './fit-columns.ts'
import type { Paint } from './paint.ts'
import { cutToWidth, padToWidth, widthOf } from './text-width.ts'

/** What a table for people is made with. */
export interface TerminalFace {
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
export function terminalTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], face: TerminalFace): string {
  const headed = columns.filter(({ head }) => head !== undefined)
  const cells = rows.map((row) => headed.map((column) => cellOf(column, row, face.view)))
  const widths = fitColumns(
    headed.map(({ head, least, optional }, i) => {
      const natural = Math.max(widthOf(head!), ...cells.map((line) => widthOf(line[i]!.text)))
      return { natural, least: Math.min(natural, least ?? natural), isOptional: optional ?? false }
    }),
    face.width,
  )
  const shown = headed.map((column, i) => ({ column, width: widths[i]! }))
  const heads = headed.map(({ head }): Cell => ({ text: head!, tone: 'faint' }))
  return [heads, ...cells].map((line) => `${lineText(shown, line, face)}\n`).join('')
}

function cellOf<Row>({ value, text, tone }: Column<Row>, row: Row, view: View): Cell {
  return { text: escapedText(text?.(row, view) ?? exactText(value(row))), tone: tone?.(row) }
}

function lineText<Row>(shown: readonly Shown<Row>[], line: readonly Cell[], { view, paint }: TerminalFace): string {
  const texts = shown.flatMap(({ column, width }, i) => {
    if (width === 0) return []
    const { text, tone } = line[i]!
    const cut = cutToWidth(text, width, view.unicode ? '…' : '.')
    const padded = padToWidth(cut, width, column.align ?? 'left')
    const isLast = shown.slice(i + 1).every((later) => later.width === 0)
    return [paint(isLast ? padded.trimEnd() : padded, tone)]
  })
  return texts.join(' '.repeat(gap)).trimEnd()
}
