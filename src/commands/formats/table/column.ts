/** A value as JSON has it. Money and whole numbers of 64 bits are text, since JSON's readers round them. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined }

/** How a cell stands out on a terminal with colours. */
export type Tone = 'good' | 'bad' | 'busy' | 'faint' | 'strong'

/** What the people's face of a table depends on. */
export interface View {
  /** The time that `3m ago` counts from, in milliseconds since 1970. */
  readonly nowMs: number
  /** The IANA name of the time zone in which times and days are shown. */
  readonly timeZone: string
  /** Whether the terminal shows characters beyond ASCII. */
  readonly unicode: boolean
}

/** A column of a table: its exact value for programs, and its text for people. */
export interface Column<Row> {
  /** The name in JSON and CSV, and after `--json`. */
  readonly name: string
  readonly value: (row: Row) => JsonValue
  /** The head on a terminal. A column without a head is in JSON and CSV only. */
  readonly head?: string
  /** The text on a terminal; by default that of the value. */
  readonly text?: (row: Row, view: View) => string
  readonly align?: 'right'
  /** Whether the column is a drawing for people, which programs don't get. */
  readonly isDrawing?: true
  /** The least width to which a cell is cut where the terminal is narrow. A column without it is never cut. */
  readonly least?: number
  /** Whether the column is left out where the terminal is too narrow for all. */
  readonly optional?: true
  readonly tone?: (row: Row) => Tone | undefined
}

/** The text of a value where nothing may be lost: what a pipe and CSV get. */
export function exactText(value: JsonValue): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
