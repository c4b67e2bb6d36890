import { Misconfigured } from '../../errors.ts'
import type { Session } from '../../store/database.ts'
import { translate } from '../../store/sqlstate.ts'
import { type Column, insertion, type Table } from '../../store/tables/table.ts'
import { groupBy } from '../group-by.ts'
import { statement } from '../statements.ts'
import { type FactTables, factTables } from './fact-tables.ts'

/** Text as JSON that `jsonb` takes: an object that came as text becomes that object, other text a JSON string. */
export type ToJson = (text: string) => string

/** The tables that people read as this database has them: those of a platform may differ from ours. */
export interface AdaptedTables {
  readonly tables: FactTables
  /** A trigger of the platform sums tasks into usage_daily_aggregates: the days are its own then. */
  readonly daysBySomebody: boolean
}

/** Reads it. Throws `Misconfigured` for a table that can't be written as it is. */
export async function adaptTables(session: Session, toJson: ToJson): Promise<AdaptedTables> {
  const { tasks, events, usage, tools, agents } = factTables
  const names = [...[tasks, events, usage, tools, agents].map(({ name }) => name), ...Object.keys(written)]
  const found = await session.query<Found>(statement('shape'), [names])
  const columnsOf = groupBy(found, ({ table }) => table)
  const adopted = async <Row>(table: Table<Row>) => {
    const fitted = fitTable(table, columnsOf.get(table.name) ?? [], toJson)
    if (fitted.copyUnsupported) await probe(session, fitted)
    return fitted
  }
  for (const [name, ours] of Object.entries(written)) checkOthers(name, columnsOf.get(name) ?? [], ours)
  return {
    tables: {
      tasks: await adopted(tasks),
      events: await adopted(events),
      usage: await adopted(usage),
      tools: await adopted(tools),
      agents: await adopted(agents),
    },
    daysBySomebody: found.some(({ table, summed }) => summed && table !== 'usage_daily_aggregates'),
  }
}

/** Tables that are written by statements of their own, with the columns that these fill. */
const written = {
  users: ['id', 'external_id'],
  usage_daily_aggregates: [
    ...['id', 'user_id', 'date', 'total_tasks', 'successful_tasks', 'failed_tasks', 'total_tokens', 'total_cost_usd'],
    ...['model_usage', 'tools_invoked', 'tool_distribution', 'avg_duration_ms', 'cache_hit_rate'],
  ],
}

/** A column in the database. */
interface Found {
  readonly table: string
  readonly name: string
  /** `varchar`, and with all its modifiers `character varying(100)`. */
  readonly type: string
  readonly declared: string
  readonly length: number | null
  readonly notNull: boolean
  /** Nobody may give a value. */
  readonly generated: boolean
  /** An identity. */
  readonly counted: boolean
  readonly default: string | null
  /** Row security holds for this role, and COPY refuses that. */
  readonly guarded: boolean
  readonly filled: boolean
  readonly summed: boolean
}

function fitTable<Row>(table: Table<Row>, found: readonly Found[], toJson: ToJson): Table<Row> {
  const there = new Map(found.map((column) => [column.name, column]))
  checkOthers(
    table.name,
    found,
    table.columns.map(({ name }) => name),
  )
  const columns = table.columns.flatMap((column) => {
    const its = there.get(column.name)
    return its === undefined || its.generated ? [] : [fitColumn(column, its, toJson)]
  })
  const copied = !found.some(({ guarded }) => guarded) && columns.every(({ as }) => as === undefined)
  return { name: table.name, columns, ...(copied ? {} : { copyUnsupported: true }) }
}

function checkOthers(table: string, found: readonly Found[], ours: readonly string[]): void {
  if (!found.some(({ name }) => name === 'id'))
    throw new Misconfigured(`there is no table ${table} with a column id. Run \`spanledger migrate\`.`)
  const unfilled = found.find(
    ({ name, notNull, generated, counted, filled, default: usual }) =>
      notNull && usual === null && !generated && !counted && !filled && !ours.includes(name),
  )
  if (unfilled !== undefined)
    throw new Misconfigured(
      `${table}.${unfilled.name} must not be null and has no default, so no row can be written: Spanledger doesn't know the column. Give it a default: alter table ${table} alter column ${unfilled.name} set default …`,
    )
}

function fitColumn<Row>(column: Column<Row>, found: Found, toJson: ToJson): Column<Row> {
  if (column.type === 'uuid' && found.type !== 'uuid')
    throw new Misconfigured(
      `${found.table}.${found.name} has the type ${found.declared}; Spanledger needs uuid there, and changes no types.`,
    )
  if (column.type === 'text' && /^jsonb?$/.test(found.type)) return fitColumn(asJson(column, toJson), found, toJson)
  const as = expression(column, found)
  return as === undefined ? column : { ...column, as }
}

function asJson<Row>(column: Column<Row> & { type: 'text' }, toJson: ToJson): Column<Row> {
  const value = (row: Row) => {
    const text = column.value(row)
    return text === null ? null : toJson(text)
  }
  const { length: _, ...rest } = column
  return { ...rest, type: 'jsonb', value }
}

/** What turns our value into the column's; undefined where nothing must. */
function expression<Row>(column: Column<Row>, found: Found): string | undefined {
  const value = isOurs(column, found) ? undefined : cast(column, found)
  if (!found.notNull || !column.nullable) return value
  return `coalesce(${value ?? `v.${column.name}`}, ${found.default ?? emptyOf(column, found)})`
}

/** The type's name in the catalogue, which COPY's binary format goes by. */
const catalogued: Record<Column<never>['type'], string> = {
  uuid: 'uuid',
  text: 'text',
  jsonb: 'jsonb',
  date: 'date',
  numeric: 'numeric',
  boolean: 'bool',
  int4: 'int4',
  int8: 'int8',
  timestamptz: 'timestamptz',
}

/** An id that is cut would merge strangers: one that is too long for its column is refused. */
const neverCut = ['workflow_id', 'session_id']

function isOurs<Row>({ name, type, length = Number.POSITIVE_INFINITY }: Column<Row>, found: Found): boolean {
  if (type !== 'text' || found.type !== 'varchar') return found.type === catalogued[type]
  return found.length === null || found.length >= length || neverCut.includes(name)
}

/** A cast cuts text and rounds numbers, where an assignment would refuse them. A time without a zone is UTC. */
function cast<Row>({ name, type }: Column<Row>, { declared }: Found): string {
  const value = type === 'timestamptz' ? `(v.${name} at time zone 'UTC')` : `v.${name}`
  return `${value}::${declared}`
}

function emptyOf<Row>({ type }: Column<Row>, { table, name }: Found): string {
  const empty = { text: "''", jsonb: "'{}'", numeric: '0', boolean: 'false', int4: '0', int8: '0' }[type as string]
  if (empty === undefined)
    throw new Misconfigured(
      `${table}.${name} must not be null and has no default, but not every run has a value for it. Allow it: alter table ${table} alter column ${name} drop not null`,
    )
  return empty
}

/** Whether PostgreSQL has these conversions, asked before the first row. */
async function probe<Row>(session: Session, table: Table<Row>): Promise<void> {
  const nothing = table.columns.map(() => [])
  await session.query(`explain ${insertion(table)}`, nothing).catch((error: unknown) => {
    throw new Misconfigured(`${table.name} has a column whose type can't be filled: ${translate(error).message}`, {
      cause: error,
    })
  })
}
