import { Misconfigured } from '../../errors.ts'
import type { Session } from '../../store/database.ts'
import { factPartitions } from '../../store/partitions/partitioned-tables.ts'
import { translate } from '../../store/sqlstate.ts'
import { type Column, insertion, type Table } from '../../store/tables/table.ts'
import { groupBy } from '../lists.ts'
import { statement } from '../statements.ts'
import { checkTriggers } from './check-triggers.ts'
import { type DerivedDayColumn, derivedDayColumns } from './days.ts'
import { type FactTables, factTables } from './fact-tables.ts'

/** Writes text as JSON that `jsonb` takes: text that is a JSON object stays that object, other text becomes a JSON string. */
export type ToJson = (text: string) => string

/** The tables that people read, with the columns and types of this database: those of a platform may differ from ours. */
export interface AdaptedTables {
  readonly tables: FactTables
  /** Whether a trigger of the platform sums tasks into usage_daily_aggregates, so that we must not. */
  readonly platformSumsDays: boolean
  /** The columns of `derivedDayColumns` that no such trigger fills. */
  readonly unsummedColumns: readonly DerivedDayColumn[]
  /** Whether a row of usage_daily_aggregates must have a user. */
  readonly daysNeedUser: boolean
}

/** Adapts the tables to this database. Throws `Misconfigured` for a table that can't be written as it is. */
export async function adaptTables(session: Session, toJson: ToJson): Promise<AdaptedTables> {
  const { tasks, events, usage, tools, agents } = factTables
  const names = [...[tasks, events, usage, tools, agents].map(({ name }) => name), ...Object.keys(otherTables)]
  const read = () => session.query<CatalogColumn>(statement('catalog_columns'), [names, derivedDayColumns])
  const found = await read()
  // a table that another one replaces at this moment is missing: its name means the new one already, whose columns the
  // statement doesn't see yet
  const columns = names.every((name) => found.some(({ table }) => table === name)) ? found : await read()
  const columnsOf = groupBy(columns, ({ table }) => table)
  const adapt = async <Row>(table: Table<Row>) => {
    const adapted = adaptTable(table, columnsOf.get(table.name) ?? [], toJson)
    if (adapted.copyUnsupported) await checkConversions(session, adapted)
    return adapted
  }
  await checkTriggers(session, names)
  for (const [name, written] of Object.entries(otherTables)) checkOtherColumns(name, columnsOf.get(name) ?? [], written)
  return {
    tables: {
      tasks: await adapt(tasks),
      events: await adapt(events),
      usage: await adapt(usage),
      tools: await adapt(tools),
      agents: await adapt(agents),
    },
    platformSumsDays: columns.some(({ table, sumsDays }) => sumsDays && table !== 'usage_daily_aggregates'),
    unsummedColumns: derivedDayColumns.filter((name) => !columns.some((one) => one.summedColumns.includes(name))),
    daysNeedUser: columns.some(
      ({ table, name, notNull }) => notNull && name === 'user_id' && table === 'usage_daily_aggregates',
    ),
  }
}

/** The tables that `.sql` files write to, with the columns that they fill. */
const otherTables = {
  users: ['id', 'external_id'],
  usage_daily_aggregates: [
    ...['id', 'user_id', 'date', 'total_tasks', 'successful_tasks', 'failed_tasks', 'total_tokens', 'total_cost_usd'],
    ...['model_usage', 'tools_invoked', 'tool_distribution', 'avg_duration_ms', 'cache_hit_rate'],
  ],
}

/** A column as PostgreSQL's catalogue describes it. */
interface CatalogColumn {
  readonly table: string
  readonly name: string
  /** The type without modifiers, like `varchar`. */
  readonly type: string
  /** The type with all modifiers, like `character varying(100)`. */
  readonly declared: string
  readonly length: number | null
  readonly notNull: boolean
  /** Whether PostgreSQL computes the value and refuses one that is given. */
  readonly generated: boolean
  readonly identity: boolean
  readonly default: string | null
  /** Whether the table is partitioned by month. */
  readonly partitioned: boolean
  /** Whether row security holds for this role on the table, with which COPY fails. */
  readonly rowSecurity: boolean
  /** Whether the table has a trigger that may fill columns before an insert. */
  readonly hasInsertTrigger: boolean
  /** Whether the table has a trigger that writes to usage_daily_aggregates. */
  readonly sumsDays: boolean
  /** The columns of `derivedDayColumns` that this trigger names. */
  readonly summedColumns: readonly string[]
}

function adaptTable<Row>(table: Table<Row>, catalog: readonly CatalogColumn[], toJson: ToJson): Table<Row> {
  const byName = new Map(catalog.map((column) => [column.name, column]))
  checkOtherColumns(
    table.name,
    catalog,
    table.columns.map(({ name }) => name),
  )
  const columns = table.columns.flatMap((column) => {
    const existing = byName.get(column.name)
    return existing === undefined || existing.generated ? [] : [adaptColumn(column, existing, toJson)]
  })
  const canCopy = !catalog.some(({ rowSecurity }) => rowSecurity) && columns.every(({ as }) => as === undefined)
  const partitionKey = factPartitions.find(({ name }) => name === table.name)?.key
  return {
    name: table.name,
    columns,
    ...(canCopy ? {} : { copyUnsupported: true }),
    ...(catalog[0]?.partitioned ? { partitionKey } : {}),
  }
}

/** Throws `Misconfigured` where a column that we don't write must have a value. */
function checkOtherColumns(table: string, catalog: readonly CatalogColumn[], written: readonly string[]): void {
  if (!catalog.some(({ name }) => name === 'id'))
    throw new Misconfigured(`there is no table ${table} with a column id. Run \`spanledger migrate\`.`)
  const unfilled = catalog.find(
    ({ name, notNull, generated, identity, hasInsertTrigger, default: defaultValue }) =>
      notNull && defaultValue === null && !generated && !identity && !hasInsertTrigger && !written.includes(name),
  )
  if (unfilled !== undefined)
    throw new Misconfigured(
      `${table}.${unfilled.name} must not be null and has no default, so no row can be written: Spanledger doesn't know the column. Give it a default: alter table ${table} alter column ${unfilled.name} set default …`,
    )
}

function adaptColumn<Row>(column: Column<Row>, existing: CatalogColumn, toJson: ToJson): Column<Row> {
  if (column.type === 'uuid' && existing.type !== 'uuid')
    throw new Misconfigured(
      `${existing.table}.${existing.name} has the type ${existing.declared}; Spanledger needs uuid there, and changes no types.`,
    )
  if (column.type === 'text' && /^jsonb?$/.test(existing.type))
    return adaptColumn(asJson(column, toJson), existing, toJson)
  const as = conversion(column, existing)
  return as === undefined ? column : { ...column, as }
}

function asJson<Row>(column: Column<Row> & { type: 'text' }, toJson: ToJson): Column<Row> {
  const value = (row: Row) => {
    const text = column.value(row)
    return text === null ? null : toJson(text)
  }
  const { length: _, encoded: _encoded, ...rest } = column
  return { ...rest, type: 'jsonb', value }
}

/** Returns the SQL that converts our value into the column's; undefined where the value is written as it is. */
function conversion<Row>(column: Column<Row>, existing: CatalogColumn): string | undefined {
  const value = fits(column, existing) ? undefined : cast(column, existing)
  if (!existing.notNull || !column.nullable) return value
  return `coalesce(${value ?? `v.${column.name}`}, ${existing.default ?? emptyValue(column, existing)})`
}

/** The names of types in the catalogue: with another type, the column can't be written in COPY's binary format. */
const catalogTypes: Record<Column<never>['type'], string> = {
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

/** Columns whose values are refused rather than cut: a cut could make two ids one. */
const neverCut = ['workflow_id', 'session_id']

function fits<Row>({ name, type, length = Number.POSITIVE_INFINITY }: Column<Row>, existing: CatalogColumn): boolean {
  if (type !== 'text' || existing.type !== 'varchar') return existing.type === catalogTypes[type]
  return existing.length === null || existing.length >= length || neverCut.includes(name)
}

/** A cast cuts text and rounds numbers, where an assignment would refuse them. A time without a zone is UTC. */
function cast<Row>({ name, type }: Column<Row>, { declared }: CatalogColumn): string {
  const value = type === 'timestamptz' ? `(v.${name} at time zone 'UTC')` : `v.${name}`
  return `${value}::${declared}`
}

function emptyValue<Row>({ type }: Column<Row>, { table, name }: CatalogColumn): string {
  const empty = { text: "''", jsonb: "'{}'", numeric: '0', boolean: 'false', int4: '0', int8: '0' }[type as string]
  if (empty === undefined)
    throw new Misconfigured(
      `${table}.${name} must not be null and has no default, but not every run has a value for it. Allow it: alter table ${table} alter column ${name} drop not null`,
    )
  return empty
}

/** Lets PostgreSQL plan the insert, and throws `Misconfigured` where it has no such conversion: before the first row. */
async function checkConversions<Row>(session: Session, table: Table<Row>): Promise<void> {
  const noRows = table.columns.map(() => [])
  await session.query(`explain ${insertion(table)}`, noRows).catch((error: unknown) => {
    throw new Misconfigured(`${table.name} has a column whose type can't be filled: ${translate(error).message}`, {
      cause: error,
    })
  })
}
