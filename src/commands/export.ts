import { Misconfigured } from '../errors.ts'
import { readOnly } from '../queries/read-only.ts'
import { readColumns } from '../store/archive/archive-columns.ts'
import { writeParquet } from '../store/archive/parquet-file.ts'
import type { Database, TextRows } from '../store/database.ts'
import { factTableNames } from '../transaction/tables/fact-tables.ts'
import type { CommandInput } from './command-line/command.ts'
import { openForReading, tenantOption } from './connect/open-database.ts'
import { exportFocus } from './export-focus.ts'
import { exactText, type JsonValue } from './formats/table/column.ts'
import { csvLine } from './formats/table/csv.ts'
import { hasPeriod, periodOption } from './formats/table/period.ts'
import { jsonOf } from './sql/print-rows.ts'

/** The column of each table that has an index and says when a row is. */
const timeColumn: Readonly<Record<(typeof factTableNames)[number], string>> = {
  task_executions: 'created_at',
  event_logs: 'timestamp',
  token_usage: 'created_at',
  tool_executions: 'created_at',
  agent_executions: 'created_at',
  users: 'created_at',
  usage_daily_aggregates: 'created_at',
}

const formats = ['csv', 'jsonl', 'parquet'] as const
/** Rows of one statement: each is a short transaction, since a long one would keep writers and vacuum waiting. */
const rowsPerPage = 2_000
const timestamptz = 1184

/** Writes all rows of a table that match, page by page, as CSV, JSON lines or Parquet. */
export async function run(input: CommandInput): Promise<undefined> {
  const { options, write, writeError, terminal } = input
  if (input.switches.has('focus')) return await focusOf(input)
  const table = chosen('table', input.args[0] ?? 'token_usage', factTableNames)
  const format = chosen('format', options.get('format')?.[0] ?? 'csv', formats)
  const file = options.get('output')?.[0]
  const where = { table, time: timeColumn[table], period: hasPeriod(input) ? periodOption(input, '7d') : null }
  await using database = await openForReading(input, tenantOption(input))
  if (format === 'parquet') {
    if (file === undefined) throw new Misconfigured('say with --output which file becomes the Parquet file.')
    const columns = await readOnly(database, (session) => readColumns(session, table))
    const selection = columns.map(({ sql }, i) => `${sql} as c${i}`).join(', ')
    const { rows } = await writeParquet(file, columns, objectPages(database, { ...where, selection }))
    writeError(`${rows} rows are in ${file}\n`)
    return
  }
  let isFirst = true
  for await (const page of textPages(database, where)) {
    if (terminal.closed.aborted) return
    const text = format === 'csv' ? csvOf(page, isFirst) : linesOf(page)
    isFirst = false
    write(text)
    await terminal.drained()
  }
}

/** Later than every call. */
const endOfTime = Date.UTC(2500, 0, 1)

async function focusOf(input: CommandInput): Promise<undefined> {
  const format = input.options.get('format')?.[0] ?? 'csv'
  if (format !== 'csv' || input.args.length > 0) throw new Misconfigured('--focus writes CSV, and names no table.')
  const period = hasPeriod(input) ? periodOption(input, '7d') : { sinceMs: 0, untilMs: endOfTime }
  await using database = await openForReading(input, tenantOption(input))
  await exportFocus(input, database, period)
}

function chosen<const Choice extends string>(name: string, text: string, choices: readonly Choice[]): Choice {
  const found = choices.find((one) => one === text)
  if (found === undefined) throw new Misconfigured(`--${name} can't be ${text}: it takes ${choices.join(', ')}.`)
  return found
}

interface PageOf {
  readonly table: string
  readonly time: string
  readonly period: { readonly sinceMs: number; readonly untilMs: number } | null
}

/** The place of the last row that was read. */
interface Place {
  readonly time: string
  readonly id: string
}

function pageSql({ table, time, period }: PageOf, selection: string, after: Place | null): string {
  const instant = (ms: number) => `'${new Date(ms).toISOString()}'::timestamptz`
  const conditions = [
    ...(period === null ? [] : [`${time} >= ${instant(period.sinceMs)}`, `${time} < ${instant(period.untilMs)}`]),
    // times and ids are texts that the server has written
    ...(after === null ? [] : [`${time} >= '${after.time}'`, `(${time}, id) > ('${after.time}', '${after.id}')`]),
  ]
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
  return `select ${selection}, ${time}::text as place_time, id::text as place_id from ${table} ${where} order by ${time}, id limit ${rowsPerPage}`
}

async function* textPages(database: Database, of: PageOf): AsyncGenerator<TextRows> {
  for (let after: Place | null = null, isFirst = true; isFirst || after !== null; isFirst = false) {
    const { columns, rows }: TextRows = await readOnly(database, async (session) => {
      await session.query("set local timezone = 'UTC'")
      return session.texts(pageSql(of, `${of.table}.*`, after))
    })
    if (rows.length > 0 || isFirst) yield { columns: columns.slice(0, -2), rows: rows.map((row) => row.slice(0, -2)) }
    const [time, id] = rows.at(-1)?.slice(-2) ?? []
    after = rows.length < rowsPerPage ? null : { time: time!, id: id! }
  }
}

async function* objectPages(
  database: Database,
  { selection, ...of }: PageOf & { readonly selection: string },
): AsyncGenerator<readonly object[]> {
  type Row = { readonly place_time: string; readonly place_id: string }
  for (let after: Place | null = null, isFirst = true; isFirst || after !== null; isFirst = false) {
    const rows: Row[] = await readOnly(database, async (session) => {
      await session.query("set local timezone = 'UTC'")
      return session.query<Row>(pageSql(of, selection, after))
    })
    yield rows
    const last = rows.at(-1)
    after = last === undefined || rows.length < rowsPerPage ? null : { time: last.place_time, id: last.place_id }
  }
}

function valuesOf({ columns, rows }: TextRows): JsonValue[][] {
  return rows.map((row) =>
    columns.map(({ type }, i) => {
      const text = row[i] ?? null
      return type === timestamptz && text !== null ? rfc3339(text) : jsonOf(text, type)
    }),
  )
}

/** `2026-11-29 12:44:23.854+00` as RFC 3339 has it. */
function rfc3339(text: string): string {
  return text.replace(' ', 'T').replace(/\+00$/, 'Z')
}

function csvOf(page: TextRows, hasHeads: boolean): string {
  const heads = hasHeads ? [page.columns.map(({ name }) => name)] : []
  return [...heads, ...valuesOf(page).map((row) => row.map(exactText))].map(csvLine).join('')
}

function linesOf(page: TextRows): string {
  const lines = valuesOf(page).map((row) =>
    JSON.stringify(Object.fromEntries(page.columns.map(({ name }, i) => [name, row[i]]))),
  )
  return lines.map((line) => `${line}\n`).join('')
}
