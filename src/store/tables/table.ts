import { BadEntry, BadRow, type Session } from '../database.ts'
import { type BinaryRows, binaryRows } from './binary-copy.ts'

/** A value for each type of column; times are nanoseconds, decimals text. */
interface ValueOf {
  readonly uuid: string
  readonly text: string
  readonly jsonb: string
  readonly date: string
  readonly numeric: string
  readonly boolean: boolean
  readonly int4: number
  readonly int8: bigint | number
  readonly timestamptz: bigint
}

type ColumnOf<Row, Type extends keyof ValueOf> = {
  readonly name: string
  readonly type: Type
  /** Of a text: its longest value, in characters, where it has one. */
  readonly length?: number
  /** Whether a value may be null. */
  readonly nullable?: true
  readonly value: (row: Row) => ValueOf[Type] | null
  /** An expression over `v.<name>`, where the column of this database has another type than `type`. */
  readonly as?: string
}

/** A column with how its value comes from a row. The only place that names it, for inserting and for changing. */
export type Column<Row> = { [Type in keyof ValueOf]: ColumnOf<Row, Type> }[keyof ValueOf]

export interface Table<Row> {
  readonly name: string
  /** The first is the key. */
  readonly columns: readonly Column<Row>[]
  /** COPY can't write it as it is in this database. */
  readonly uncopied?: true
}

/** Writes new rows, by COPY where that can be: the fastest way in, and its error names the line. */
export async function insert<Row>(session: Session, table: Table<Row>, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  if (table.uncopied) await session.query(insertion(table), parametersOf(table.columns, rows))
  else await copy(session, table, rows)
}

async function copy<Row>(session: Session, table: Table<Row>, rows: readonly Row[]): Promise<void> {
  const binary = binaryRows()
  for (const row of rows) {
    binary.row(table.columns.length)
    for (const column of table.columns) put(binary, column, row)
  }
  await session.copy(table.name, namesOf(table.columns), binary.finish()).catch((error: unknown) => {
    throw error instanceof BadRow && error.line !== null ? new BadEntry(error, rows[error.line - 1]) : error
  })
  // not after an error: a connection that broke may still hold them
  binary.release()
}

/** The statement that inserts rows whose values are converted. */
export function insertion<Row>({ name, columns }: Table<Row>): string {
  return `insert into ${name} (${namesOf(columns).join(', ')}) select ${columns.map(converted).join(', ')} from ${valuesOf(columns)}`
}

function put<Row>(binary: BinaryRows, { type, value }: Column<Row>, row: Row): void {
  const content = value(row)
  if (content === null) binary.absent()
  else (binary[type] as (content: unknown) => void)(content)
}

/** Changes the named columns of rows that are there. */
export async function update<Row>(
  session: Session,
  table: Table<Row>,
  names: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return
  const [key, ...others] = table.columns
  const columns = [key!, ...others.filter(({ name }) => names.includes(name))]
  const sets = columns.slice(1).map((column) => `${column.name} = ${converted(column)}`)
  await session.query(
    `update ${table.name} t set ${sets.join(', ')} from ${valuesOf(columns)} where t.${key!.name} = v.${key!.name}`,
    parametersOf(columns, rows),
  )
}

/** Deletes rows by their id. */
export async function remove<Row>(session: Session, { name }: Table<Row>, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await session.query(`delete from ${name} where id = any ($1::uuid[])`, [ids])
}

function namesOf<Row>(columns: readonly Column<Row>[]): string[] {
  return columns.map(({ name }) => name)
}

function converted<Row>({ name, as }: Column<Row>): string {
  return as ?? `v.${name}`
}

/** The rows of `parametersOf` as a table `v`. */
function valuesOf<Row>(columns: readonly Column<Row>[]): string {
  const arrays = columns.map(({ type }, i) => `$${i + 1}::${type}[]`).join(', ')
  return `unnest(${arrays}) as v (${namesOf(columns).join(', ')})`
}

function parametersOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): unknown[][] {
  return columns.map((column) => rows.map((row) => asParameter(column, row)))
}

function asParameter<Row>({ type, value }: Column<Row>, row: Row): string | number | boolean | null {
  const content = value(row)
  if (typeof content !== 'bigint') return content
  return type === 'timestamptz' ? timestamp(content) : content.toString()
}

/** Nanoseconds since 1970 as text, cut to microseconds. */
function timestamp(ns: bigint): string {
  const micros = ns / 1000n
  const seconds = new Date(Number(micros / 1000n)).toISOString().slice(0, 19)
  return `${seconds}.${(micros % 1_000_000n).toString().padStart(6, '0')}Z`
}
