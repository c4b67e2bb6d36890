import { type BinaryRows, binaryRows } from './binary.ts'
import { BadEntry, BadRow, type Session } from './database.ts'

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
  readonly value: (row: Row) => ValueOf[Type] | null
}

/** A column with how its value comes from a row. The only place that names it, for inserting and for changing. */
export type Column<Row> = { [Type in keyof ValueOf]: ColumnOf<Row, Type> }[keyof ValueOf]

export interface Table<Row> {
  readonly name: string
  /** The first is the key. */
  readonly columns: readonly Column<Row>[]
}

/** Writes new rows by COPY: the fastest way in, and its error names the line. */
export async function insert<Row>(session: Session, table: Table<Row>, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  const binary = binaryRows()
  for (const row of rows) {
    binary.row(table.columns.length)
    for (const column of table.columns) put(binary, column, row)
  }
  const names = table.columns.map(({ name }) => name)
  await session.copy(table.name, names, binary.finish()).catch((error: unknown) => {
    throw error instanceof BadRow && error.line !== null ? new BadEntry(error, rows[error.line - 1]) : error
  })
  // not after an error: a connection that broke may still hold them
  binary.release()
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
  const arrays = columns.map(({ type }, i) => `$${i + 1}::${type}[]`).join(', ')
  const sets = columns.slice(1).map(({ name }) => `${name} = v.${name}`)
  await session.query(
    `update ${table.name} t set ${sets.join(', ')}
     from unnest(${arrays}) as v (${columns.map(({ name }) => name).join(', ')})
     where t.${key!.name} = v.${key!.name}`,
    columns.map((column) => rows.map((row) => asParameter(column, row))),
  )
}

/** Deletes rows by their id. */
export async function remove(session: Session, table: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await session.query(`delete from ${table} where id = any ($1::uuid[])`, [ids])
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
