import { BadEntry, BadRow, type Session } from './database.ts'

export type Value = string | number | bigint | boolean | null

/** A column with how its value comes from a row. The only place that names it for inserting, changing and reading back. */
export interface Column<Row> {
  readonly name: string
  readonly type: string
  readonly value: (row: Row) => Value
}

export interface Table<Row> {
  readonly name: string
  /** The first is the key. */
  readonly columns: readonly Column<Row>[]
}

/** Writes new rows by COPY: the fastest way in, and its error names the line. */
export async function insert<Row>(session: Session, table: Table<Row>, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  let lines = ''
  for (const row of rows) lines += copyLine(table, row)
  const names = table.columns.map(({ name }) => name)
  await session.copy(table.name, names, lines).catch((error: unknown) => {
    throw error instanceof BadRow && error.line !== null ? new BadEntry(error, rows[error.line - 1]) : error
  })
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
  const sets = columns
    .slice(1)
    .map(({ name }) => `${name} = v.${name}`)
    .join(', ')
  await session.query(
    `update ${table.name} t set ${sets} from unnest(${arrays}) as v (${columns.map(({ name }) => name).join(', ')}) where t.${key!.name} = v.${key!.name}`,
    columns.map(({ value }) => rows.map((row) => asParameter(value(row)))),
  )
}

/** Deletes rows by their key. */
export async function remove(session: Session, table: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await session.query(`delete from ${table} where id = any ($1::uuid[])`, [ids])
}

function asParameter(value: Value): Exclude<Value, bigint> {
  return typeof value === 'bigint' ? value.toString() : value
}

function copyLine<Row>({ columns }: Table<Row>, row: Row): string {
  let line = ''
  for (let i = 0; i < columns.length; i++) {
    const value = columns[i]!.value(row)
    line += i === 0 ? '' : '\t'
    line +=
      value === null
        ? '\\N'
        : typeof value === 'string'
          ? escaped(value)
          : typeof value === 'boolean'
            ? value
              ? 't'
              : 'f'
            : value.toString()
  }
  return `${line}\n`
}

const special = /[\\\t\n\r]/
const specials = /[\\\t\n\r]/g
const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function escaped(text: string): string {
  return special.test(text) ? text.replace(specials, (character) => escapes[character]!) : text
}

/** Nanoseconds since 1970 as a timestamptz, cut to microseconds. */
export function timestamp(ns: bigint): string {
  const seconds = Number(ns / 1_000_000_000n)
  const micros = Number((ns / 1000n) % 1_000_000n)
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${micros.toString().padStart(6, '0')}Z`
}
