import type { EncodedText } from '../../columns.ts'
import { BadEntry, BadRow, type Session } from '../database.ts'
import { BinaryRows } from './binary-copy.ts'

/** The value of each column type; times are nanoseconds since 1970, decimals are text. */
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
  /** The longest value of a text column, in characters, where there is one. */
  readonly length?: number
  readonly nullable?: true
  readonly value: (row: Row) => ValueOf[Type] | null
  /** The same value of a text or jsonb column as COPY takes it, where the row has that. */
  readonly encoded?: (row: Row) => EncodedText | undefined
  /** Converts the value: an SQL expression over `v.<name>`, where this database has the column with another type. */
  readonly as?: string
}

/** A column, and how its value comes from a row. Inserts and updates take the columns' names from here only. */
export type Column<Row> = { [Type in keyof ValueOf]: ColumnOf<Row, Type> }[keyof ValueOf]

/** A table that rows are written to. */
export interface Table<Row> {
  readonly name: string
  /** The first column is the key. */
  readonly columns: readonly Column<Row>[]
  /** Set where COPY can't write the table of this database: INSERT does then. */
  readonly copyUnsupported?: true
  /** The column of times that partitions the table of this database. */
  readonly partitionKey?: string | undefined
}

/** A row as it is stored: its id, and the time that decides its partition, in nanoseconds since 1970. */
export interface StoredRow {
  readonly id: string
  readonly timeNs: bigint
}

/** Inserts new rows, by COPY where the table allows it: COPY is fastest, and its errors name the row. */
export async function insert<Row>(session: Session, table: Table<Row>, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  if (table.copyUnsupported) await session.query(insertion(table), parametersOf(table.columns, rows))
  else await copy(session, table, rows)
}

async function copy<Row>(session: Session, table: Table<Row>, rows: readonly Row[]): Promise<void> {
  const binary = new BinaryRows()
  for (const row of rows) {
    binary.row(table.columns.length)
    for (const { type, value, encoded } of table.columns) {
      const text = encoded?.(row)
      if (text === undefined) writeValue(binary, type, value(row))
      else binary.encoded(text, type === 'jsonb')
    }
  }
  await session.copy(table.name, namesOf(table.columns), binary.finish()).catch((error: unknown) => {
    throw error instanceof BadRow && error.line !== null ? new BadEntry(error, rows[error.line - 1]) : error
  })
  // not after an error: a connection that broke may still read the buffer
  binary.release()
}

/** The frequent types have calls of their own, which are faster than one call by the type's name. */
function writeValue(binary: BinaryRows, type: keyof ValueOf, value: unknown): void {
  if (value === null) binary.null()
  else if (type === 'text') binary.text(value as string)
  else if (type === 'uuid') binary.uuid(value as string)
  else if (type === 'jsonb') binary.jsonb(value as string)
  else if (type === 'int4') binary.int4(value as number)
  else binary[type](value as never)
}

/** Returns the INSERT for the parameters of `parametersOf`, which converts values where columns have other types. */
export function insertion<Row>({ name, columns }: Table<Row>): string {
  return `insert into ${name} (${namesOf(columns).join(', ')}) select ${columns.map(converted).join(', ')} from ${valuesOf(columns)}`
}

/**
 * Updates the named columns of existing rows. `stored` are the same rows as they are stored until now. Returns those of
 * them that are not there.
 */
export async function update<Row>(
  session: Session,
  table: Table<Row>,
  names: readonly string[],
  rows: readonly Row[],
  stored: readonly StoredRow[],
): Promise<readonly StoredRow[]> {
  if (rows.length === 0) return []
  const [key, ...others] = table.columns
  const columns = [key!, ...others.filter(({ name }) => names.includes(name))]
  const sets = columns.slice(1).map((column) => `${column.name} = ${converted(column)}`)
  return change(
    session,
    table,
    {
      sql: `update ${table.name} t set ${sets.join(', ')} from ${valuesOf(columns)} where t.${key!.name} = v.${key!.name}`,
      parameters: parametersOf(columns, rows),
    },
    stored,
  )
}

/** Deletes rows. Returns those that are not there. */
export async function remove<Row>(
  session: Session,
  table: Table<Row>,
  rows: readonly StoredRow[],
): Promise<readonly StoredRow[]> {
  if (rows.length === 0) return []
  const sql = `delete from ${table.name} t where t.id = any ($1::uuid[])`
  return change(session, table, { sql, parameters: [rows.map(({ id }) => id)] }, rows)
}

/**
 * Runs a statement on the partitions of the rows' times only. Where it finds fewer rows, it runs on all partitions: an
 * earlier version, or a person, may have stored another time. Returns the rows that are in none.
 */
async function change<Row>(
  session: Session,
  { partitionKey }: Table<Row>,
  { sql, parameters }: { readonly sql: string; readonly parameters: readonly unknown[] },
  stored: readonly StoredRow[],
): Promise<readonly StoredRow[]> {
  const missing = new Map<string, StoredRow>()
  for (const row of stored) missing.set(row.id.replaceAll('-', ''), row)
  const expected = missing.size
  const run = async (condition: string, values: readonly unknown[]) => {
    const found = await session.query<{ id: string }>(`${sql}${condition} returning t.id::text`, values)
    // most often all are there: their ids need no look then
    if (found.length === expected) missing.clear()
    else for (const { id } of found) missing.delete(id.replaceAll('-', ''))
  }
  if (partitionKey !== undefined) {
    const [earliest, latest] = boundsOf(stored)
    const next = parameters.length + 1
    const bounds = [timestamp(earliest), timestamp(latest)]
    await run(` and t.${partitionKey} between $${next} and $${next + 1}`, [...parameters, ...bounds])
  }
  if (missing.size > 0) await run('', parameters)
  return [...missing.values()]
}

function boundsOf(rows: readonly StoredRow[]): [bigint, bigint] {
  let [earliest, latest] = [rows[0]!.timeNs, rows[0]!.timeNs]
  for (const { timeNs } of rows) {
    if (timeNs < earliest) earliest = timeNs
    if (timeNs > latest) latest = timeNs
  }
  return [earliest, latest]
}

function namesOf<Row>(columns: readonly Column<Row>[]): string[] {
  return columns.map(({ name }) => name)
}

function converted<Row>({ name, as }: Column<Row>): string {
  return as ?? `v.${name}`
}

/** Returns the SQL that makes a table `v` of the parameters of `parametersOf`. */
function valuesOf<Row>(columns: readonly Column<Row>[]): string {
  const arrays = columns.map(({ type }, i) => `$${i + 1}::${type}[]`).join(', ')
  return `unnest(${arrays}) as v (${namesOf(columns).join(', ')})`
}

/** Returns one array of values for each column. */
function parametersOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): unknown[][] {
  const parameters: unknown[][] = []
  for (const column of columns) {
    const values: unknown[] = []
    for (const row of rows) values.push(parameterOf(column, row))
    parameters.push(values)
  }
  return parameters
}

function parameterOf<Row>({ type, value }: Column<Row>, row: Row): string | number | boolean | null {
  const content = value(row)
  if (typeof content !== 'bigint') return content
  return type === 'timestamptz' ? timestamp(content) : content.toString()
}

/** Writes nanoseconds since 1970 as text, cut to microseconds. */
function timestamp(ns: bigint): string {
  const micros = ns / 1000n
  const seconds = new Date(Number(micros / 1000n)).toISOString().slice(0, 19)
  return `${seconds}.${(micros % 1_000_000n).toString().padStart(6, '0')}Z`
}
