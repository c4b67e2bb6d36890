import { createHash } from 'node:crypto'
import { Misconfigured, Unavailable } from '../../errors.ts'
import type { Database, Session } from '../database.ts'
import { sqlFiles } from '../sql-files.ts'
import { translate } from '../sqlstate.ts'

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** One number for all that make or upgrade these tables: whoever comes second waits. */
const migrationLock = 5_716_893_402

const schema = 'create schema if not exists spanledger;'
const journal =
  'create table if not exists spanledger.migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now());'

/**
 * Brings the tables up to date and returns the names of the steps taken. Forward only; a step that was taken is frozen
 * by its checksum. Any number of processes may do this at once, and a role that may change no table where nothing is to
 * be done.
 */
export async function migrate(database: Database): Promise<string[]> {
  const limits = { lockTimeoutMs: 0, statementTimeoutMs: 0 }
  if ((await database.transaction(pending)).length === 0) return []
  return database.transaction(async (session) => {
    await session.query('select pg_advisory_xact_lock($1)', [migrationLock])
    const steps = await pending(session)
    for (const { name, statements } of [...(await foundation(session)), ...steps.map(stepOf)]) {
      for (const sql of statements) await session.query(sql).catch(said(name, database))
    }
    return steps.map(({ name }) => name)
  }, limits)
}

/** Statements that belong together, with what a reader must know before they run. */
export interface PlannedStep {
  readonly name: string
  readonly why: string
  readonly statements: readonly string[]
}

/** What `migrate` would do, which changes nothing: each step with its SQL, as psql takes it in one transaction. */
export function planMigration(database: Database): Promise<PlannedStep[]> {
  return database.transaction(async (session) => {
    const steps = await pending(session)
    return steps.length === 0 ? [] : [...(await foundation(session)), ...steps.map(stepOf)]
  })
}

/** Throws `Misconfigured` unless every step has been taken. */
export async function checkMigrated(database: Database): Promise<void> {
  const missing = await database.transaction(pending)
  if (missing.length === 0) return
  const names = missing.map(({ name }) => name).join(', ')
  throw new Misconfigured(
    `the tables are not up to date (missing: ${names}). Run \`spanledger migrate\` with a role that may create tables, or start without --no-migrate.`,
  )
}

async function pending(session: Session): Promise<Migration[]> {
  if (!(await whatIsThere(session)).journal) return migrations()
  const rows = await session.query<{ name: string; checksum: string }>(
    'select name, checksum from spanledger.migrations',
  )
  return pendingOf(new Map(rows.map(({ name, checksum }) => [name, checksum])))
}

/** The schema and the journal, where they aren't there: to ask for one that is takes a privilege nevertheless. */
async function foundation(session: Session): Promise<PlannedStep[]> {
  const there = await whatIsThere(session)
  const statements = [...(there.schema ? [] : [schema]), ...(there.journal ? [] : [journal])]
  const why = "Spanledger's own schema, and in it the journal of the steps that were taken."
  return statements.length === 0 ? [] : [{ name: 'foundation', why, statements }]
}

function stepOf({ name, sql, checksum }: Migration): PlannedStep {
  const why = /^(?:--.*\n)+/.exec(sql)?.[0] ?? ''
  return {
    name,
    why: why.replaceAll(/^-- /gm, '').trim(),
    statements: [
      sql.slice(why.length).replace(schema, '').trim(),
      `insert into spanledger.migrations (name, checksum) values ('${name}', '${checksum}');`,
    ],
  }
}

/** What went wrong, with the step's name: nothing of any step stays then. What may pass may be tried again. */
function said(step: string, { description }: Database): (error: unknown) => never {
  return (cause) => {
    const error = translate(cause)
    if (error instanceof Unavailable) throw error
    throw new Misconfigured(
      `the step ${step} can't be taken in ${description}, and nothing was changed: ${error.message} \`spanledger migrate --plan\` prints the SQL, for a role that may run it.`,
      { cause },
    )
  }
}

/** Asked of the catalogue as a table: what `to_regclass` answers may be older than the wait for a lock. */
async function whatIsThere(session: Session): Promise<{ schema: boolean; journal: boolean }> {
  const [row] = await session.query<{ schema: boolean; journal: boolean }>(
    `select count(*) > 0 as schema, count(c.oid) > 0 as journal
     from pg_namespace n left join pg_class c on c.relnamespace = n.oid and c.relname = 'migrations'
     where n.nspname = 'spanledger'`,
  )
  return row!
}

function pendingOf(applied: ReadonlyMap<string, string>): Migration[] {
  const known = migrations()
  for (const { name, checksum } of known) {
    if (applied.has(name) && applied.get(name) !== checksum) {
      throw new Misconfigured(
        `the migration ${name} was applied in another form than this version has: this build isn't the one that made these tables.`,
      )
    }
  }
  return known.filter(({ name }) => !applied.has(name))
}

function migrations(): Migration[] {
  return Array.from(sqlFiles('store/tables/migrations'), ([name, sql]) => {
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
  })
}
