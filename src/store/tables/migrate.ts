import { Misconfigured, Unavailable } from '../../errors.ts'
import type { Database, Session } from '../database.ts'
import { partitionNewTables, retryLocks } from '../partitions/partition.ts'
import { factPartitions } from '../partitions/partitioned-tables.ts'
import { readLayout } from '../partitions/table-layout.ts'
import { booksPathSql, factsPathSql, quoted, schemaOf, searchPathSql } from '../search-path.ts'
import { translate } from '../sqlstate.ts'
import { storeStatement } from '../statements.ts'
import { commentOf, commentsStep, factMigrations, type Migration, migrationsOf, notApplied } from './migration-files.ts'

/** The key of the advisory lock that all processes take which create or upgrade the tables of a database. */
const migrationLock = 5_716_893_402

/**
 * Brings the tables of a tenant up to date and returns the names of the migrations that it applied. Tables that it
 * creates are partitioned by month. Migrations only go forward; one that was applied is frozen by its checksum, and one
 * that this version doesn't know is of a later version, beside which it may run. Any number of processes may do this at
 * once, while receivers write. Where nothing is to be done, a role without the right to change tables may do it too.
 */
export async function migrate(database: Database): Promise<string[]> {
  if ((await pendingIn(database)).length === 0) return []
  return retryLocks(() => migrateOnce(database))
}

function migrateOnce(database: Database): Promise<string[]> {
  return database.transaction(async (session) => {
    await session.query(storeStatement('lock_migrations'), [migrationLock])
    await session.query(shortLocks)
    const pending = await pendingMigrations(session, database.tenant)
    const isNew = !(await hasFactTables(session))
    for (const step of await stepsOf(session, database.tenant, pending)) await runStep(session, step, database)
    // adopted tables are partitioned when their owner asks for it
    if (isNew) await partitionNewTables(session)
    return pending.map(({ name }) => name)
  }, unlimited)
}

/** Other processes that migrate are waited for as long as they take. */
const unlimited = { lockTimeoutMs: 0, statementTimeoutMs: 0 }

/** Receivers of an earlier version write meanwhile, and wait behind a statement that waits for its lock. */
const shortLocks = "set local lock_timeout = '500ms'"

async function hasFactTables(session: Session): Promise<boolean> {
  for (const { name } of factPartitions) if ((await readLayout(session, name)) !== null) return true
  return false
}

/** Statements that belong together, with what a reader must know before they run. */
export interface PlannedStep {
  readonly name: string
  readonly why: string
  /** Single statements: Citus sends the text of a request on whole. */
  readonly statements: readonly string[]
}

/** Returns what `migrate` would do, without doing it: each step with its SQL, which psql runs in one transaction. */
export function planMigration(database: Database): Promise<PlannedStep[]> {
  const { tenant } = database
  return database.transaction(async (session) => {
    const steps = await stepsOf(session, tenant, await pendingMigrations(session, tenant))
    if (steps.length === 0) return []
    const months = (await hasFactTables(session)) ? [] : [monthsStep]
    return [searchPathStep(tenant), ...steps, ...months]
  })
}

/** The statements depend on tables that are not there yet. */
const monthsStep: PlannedStep = {
  name: 'months',
  why: '`spanledger partition`, run after this, keeps the rows of each month in a table of their own.',
  statements: [],
}

/** Throws `Misconfigured` unless every migration has been applied. */
export async function checkMigrated(database: Database): Promise<void> {
  const { tenant, description } = database
  // a table is as good with an older comment
  const missing = (await pendingIn(database)).filter(({ name }) => name !== commentsStep().name)
  if (missing.length === 0) return
  if (tenant !== '' && missing.length === migrationsOf(tenant).length)
    throw new Misconfigured(
      `there is no tenant ${tenant} in ${description}: \`spanledger tenant list\` shows those that there are.`,
    )
  const names = missing.map(({ name }) => name).join(', ')
  throw new Misconfigured(
    `the tables are not up to date (missing: ${names}). Run \`spanledger migrate\` with a role that may create tables, or start without --no-migrate.`,
  )
}

function pendingIn(database: Database): Promise<Migration[]> {
  return database.transaction((session) => pendingMigrations(session, database.tenant))
}

async function pendingMigrations(session: Session, tenant: string): Promise<Migration[]> {
  const { journal, tables, usable } = await existing(session, tenant)
  const schema = schemaOf(tenant)
  if (!usable)
    throw new Misconfigured(`this role may not use the schema ${schema}: grant usage on schema ${schema} to it.`)
  if (!journal && tables && tenant !== '')
    throw new Misconfigured(
      `there are tables in the schema ${schema} that aren't Spanledger's: give the tenant another name.`,
    )
  if (!journal) return [...migrationsOf(tenant), commentsStep()]
  const applied = await session.query<{ name: string; checksum: string }>(storeStatement('applied_migrations'))
  return notApplied(new Map(applied.map(({ name, checksum }) => [name, checksum])), tenant)
}

interface Existing {
  readonly schema: boolean
  readonly journal: boolean
  /** Whether there are tables or views in the schema. */
  readonly tables: boolean
  /** Whether this role may use the schema, if it exists. */
  readonly usable: boolean
  /** Whether the database is a node of Citus. */
  readonly citus: boolean
}

async function existing(session: Session, tenant: string): Promise<Existing> {
  const [row] = await session.query<Existing>(storeStatement('schema_and_journal'), [schemaOf(tenant)])
  return row!
}

async function stepsOf(session: Session, tenant: string, pending: readonly Migration[]): Promise<PlannedStep[]> {
  if (pending.length === 0) return []
  return [...(await foundationSteps(session, tenant)), ...pending.map((migration) => stepOf(migration, tenant))]
}

/**
 * Lets Citus make a schema as PostgreSQL does, whatever its settings are: the facts of the default tenant can't be on the
 * node of its books, and a tenant's schema is distributed when it has its tables.
 */
const localSchema = 'set local citus.enable_schema_based_sharding = off;'

/** Creates the schema and the journal only where they are missing: "if not exists" too needs the right to create them. */
async function foundationSteps(session: Session, tenant: string): Promise<PlannedStep[]> {
  const { schema, journal, citus } = await existing(session, tenant)
  const createSchema = sqlOf('create_schema').replace('%s', quoted(schemaOf(tenant)))
  const statements = [
    ...(schema ? [] : [...(citus ? [localSchema] : []), createSchema]),
    ...(journal ? [] : [sqlOf('create_journal')]),
  ]
  const why = "Spanledger's own schema, and in it the journal of the steps that were taken."
  return statements.length === 0 ? [] : [{ name: 'foundation', why, statements }]
}

function stepOf({ name, why, statements, checksum }: Migration, tenant: string): PlannedStep {
  const isOfFacts = factMigrations.has(name)
  return {
    name,
    why,
    statements: [
      ...pathStatement(isOfFacts && factsPathSql(tenant)),
      ...statements,
      ...pathStatement(isOfFacts && booksPathSql(tenant)),
      // written out, because the plan is SQL for psql, which takes no parameters
      `insert into migrations (name, checksum) values ('${name}', '${checksum}') on conflict (name) do update set checksum = excluded.checksum, applied_at = excluded.applied_at;`,
    ],
  }
}

/** A transaction of ours has begun with this; a script for psql has to. */
function searchPathStep(tenant: string): PlannedStep {
  const why = 'Names without a schema mean the books first, then what the search_path of this role means.'
  return { name: 'search_path', why, statements: pathStatement(searchPathSql(tenant)) }
}

function pathStatement(sql: string | false | undefined): string[] {
  return sql ? [`${sql};`] : []
}

/** Returns a statement without its comment. */
function sqlOf(name: 'create_schema' | 'create_journal'): string {
  const text = storeStatement(name)
  return text.slice(commentOf(text).length).trim()
}

/** Throws `Misconfigured` with the step's name where a statement fails, and `Unavailable` where it may succeed later. */
async function runStep(session: Session, { name, statements }: PlannedStep, { description }: Database): Promise<void> {
  try {
    for (const sql of statements) await session.query(sql)
  } catch (cause) {
    const error = translate(cause)
    if (error instanceof Unavailable) throw error
    throw new Misconfigured(
      `the step ${name} can't be taken in ${description}, and nothing was changed: ${error.message} \`spanledger migrate --plan\` prints the SQL, for a role that may run it.`,
      { cause },
    )
  }
}
