import { createHash } from 'node:crypto'
import { Misconfigured, Unavailable } from '../../errors.ts'
import type { Database, Session } from '../database.ts'
import { sqlFiles } from '../sql-files.ts'
import { translate } from '../sqlstate.ts'
import { storeStatement } from '../statements.ts'

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** The key of the advisory lock that all processes take which create or upgrade the tables of a database. */
const migrationLock = 5_716_893_402

/**
 * Brings the tables up to date and returns the names of the migrations that it applied. Migrations only go forward; one
 * that was applied is frozen by its checksum. Any number of processes may do this at once. Where nothing is to be done, a
 * role without the right to change tables may do it too.
 */
export async function migrate(database: Database): Promise<string[]> {
  const limits = { lockTimeoutMs: 0, statementTimeoutMs: 0 }
  if ((await database.transaction(pendingMigrations)).length === 0) return []
  return database.transaction(async (session) => {
    await session.query(storeStatement('lock_migrations'), [migrationLock])
    const pending = await pendingMigrations(session)
    for (const step of [...(await foundationSteps(session)), ...pending.map(stepOf)])
      await runStep(session, step, database)
    return pending.map(({ name }) => name)
  }, limits)
}

/** Statements that belong together, with what a reader must know before they run. */
export interface PlannedStep {
  readonly name: string
  readonly why: string
  readonly statements: readonly string[]
}

/** Returns what `migrate` would do, without doing it: each step with its SQL, which psql runs in one transaction. */
export function planMigration(database: Database): Promise<PlannedStep[]> {
  return database.transaction(async (session) => {
    const pending = await pendingMigrations(session)
    return pending.length === 0 ? [] : [...(await foundationSteps(session)), ...pending.map(stepOf)]
  })
}

/** Throws `Misconfigured` unless every migration has been applied. */
export async function checkMigrated(database: Database): Promise<void> {
  const missing = await database.transaction(pendingMigrations)
  if (missing.length === 0) return
  const names = missing.map(({ name }) => name).join(', ')
  throw new Misconfigured(
    `the tables are not up to date (missing: ${names}). Run \`spanledger migrate\` with a role that may create tables, or start without --no-migrate.`,
  )
}

async function pendingMigrations(session: Session): Promise<Migration[]> {
  const { journal } = await existing(session)
  if (!journal) return migrations()
  const applied = await session.query<{ name: string; checksum: string }>(storeStatement('applied_migrations'))
  return notApplied(new Map(applied.map(({ name, checksum }) => [name, checksum])))
}

function notApplied(applied: ReadonlyMap<string, string>): Migration[] {
  const all = migrations()
  for (const { name, checksum } of all) {
    if (applied.has(name) && applied.get(name) !== checksum) {
      throw new Misconfigured(
        `the migration ${name} was applied in another form than this version has: this build isn't the one that made these tables.`,
      )
    }
  }
  return all.filter(({ name }) => !applied.has(name))
}

function migrations(): Migration[] {
  return Array.from(sqlFiles('store/tables/migrations'), ([name, sql]) => {
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
  })
}

async function existing(session: Session): Promise<{ schema: boolean; journal: boolean }> {
  const [row] = await session.query<{ schema: boolean; journal: boolean }>(storeStatement('schema_and_journal'))
  return row!
}

/** Creates the schema and the journal only where they are missing: "if not exists" too needs the right to create them. */
async function foundationSteps(session: Session): Promise<PlannedStep[]> {
  const { schema, journal } = await existing(session)
  const statements = [...(schema ? [] : [sqlOf('create_schema')]), ...(journal ? [] : [sqlOf('create_journal')])]
  const why = "Spanledger's own schema, and in it the journal of the steps that were taken."
  return statements.length === 0 ? [] : [{ name: 'foundation', why, statements }]
}

function stepOf({ name, sql, checksum }: Migration): PlannedStep {
  const why = commentOf(sql)
  return {
    name,
    why: why.replaceAll(/^-- /gm, '').trim(),
    statements: [
      // the foundation has created the schema where it was missing
      sql.slice(why.length).replace(sqlOf('create_schema'), '').trim(),
      // written out, because the plan is SQL for psql, which takes no parameters
      `insert into spanledger.migrations (name, checksum) values ('${name}', '${checksum}');`,
    ],
  }
}

/** Returns the comment at the beginning of a `.sql` file. */
function commentOf(text: string): string {
  return /^(?:--.*\n)+/.exec(text)?.[0] ?? ''
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
