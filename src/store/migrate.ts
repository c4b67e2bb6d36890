import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { Misconfigured } from '../errors.ts'
import type { Database, Session } from './database.ts'

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** One number for all that make or upgrade these tables: whoever comes second waits. */
const migrationLock = 5_716_893_402

/**
 * Brings the tables up to date and returns the names of the steps taken. Forward only; a step that was taken is frozen
 * by its checksum. Any number of processes may do this at once.
 */
export async function migrate(database: Database): Promise<string[]> {
  const limits = { lockTimeoutMs: 0, statementTimeoutMs: 0 }
  return database.transaction(async (session) => {
    await session.query('select pg_advisory_xact_lock($1)', [migrationLock])
    await session.query('create schema if not exists spanledger')
    await session.query(
      'create table if not exists spanledger.migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())',
    )
    const pending = pendingOf(await appliedTo(session))
    for (const { name, sql, checksum } of pending) {
      await session.query(sql)
      await session.query('insert into spanledger.migrations (name, checksum) values ($1, $2)', [name, checksum])
    }
    return pending.map(({ name }) => name)
  }, limits)
}

/** Throws `Misconfigured` unless every step has been taken. */
export async function checkMigrated(database: Database): Promise<void> {
  const missing = await database.transaction(async (session) => {
    const [row] = await session.query<{ there: boolean }>(
      "select to_regclass('spanledger.migrations') is not null as there",
    )
    return row!.there ? pendingOf(await appliedTo(session)) : migrations()
  })
  if (missing.length === 0) return
  const names = missing.map(({ name }) => name).join(', ')
  throw new Misconfigured(
    `the tables are not up to date (missing: ${names}). Run \`spanledger migrate\` with a role that may create tables, or start without --no-migrate.`,
  )
}

async function appliedTo(session: Session): Promise<Map<string, string>> {
  const rows = await session.query<{ name: string; checksum: string }>(
    'select name, checksum from spanledger.migrations',
  )
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
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
  const folder = new URL('./migrations/', import.meta.url)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const sql = readFileSync(new URL(file, folder), 'utf8')
      return { name: file.slice(0, -4), sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
}
