import { createHash } from 'node:crypto'
import { Misconfigured } from '../../errors.ts'
import { sqlFiles } from '../sql-files.ts'

/** A step that makes or changes tables, as a `.sql` file has it. */
export interface Migration {
  readonly name: string
  /** The comment at the beginning of the file. */
  readonly why: string
  readonly statements: readonly string[]
  readonly checksum: string
}

/**
 * The migrations that make the tables that people read. They run where the role's search_path has these tables, all
 * others where the books are.
 */
export const factMigrations: ReadonlySet<string> = new Set([
  '000_adopted',
  '001_tables',
  '004_adopted',
  '028_runs_by_start',
  '045_runs_by_id',
])

/** The migrations that make what all tenants share. They run among the books of the default tenant alone. */
const sharedMigrations: ReadonlySet<string> = new Set(['018_tokens'])

/**
 * Checksums of migrations in an earlier form that makes the same tables: with the name of the schema written out, and
 * several statements in one.
 */
const earlierChecksums: Readonly<Record<string, string>> = {
  '000_adopted': 'f04aff82903316cbb5c3b53ddbcbfe64772e5ded6fb2fbd75cc618b0c559ae59',
  '001_tables': 'bfc0dff814e514c70c91cb9602868b13e215a4818f4d6e0582061128b958242c',
  '002_ledger': 'e632a65a61e1bfc1fdcf03fa88edb420bec536f54ada4a74b26dd5c7389c43dd',
  '003_reports': 'b69f8b175cfd9dab5aa472db7e92f4d5165bb72656ff3f190e337b055a11bea8',
  '004_adopted': 'db68e623ac6fa94c507c505f8b8ca9a77bd11bd2cea25584eb42d3e05a0a6fbb',
}

/**
 * Returns what is to be taken where these are applied: checksums by name. Throws `Misconfigured` where one was applied in
 * another form.
 */
export function notApplied(applied: ReadonlyMap<string, string>, tenant: string): Migration[] {
  const all = migrationsOf(tenant)
  for (const { name, checksum } of all) {
    if (applied.has(name) && ![checksum, earlierChecksums[name]].includes(applied.get(name))) {
      throw new Misconfigured(
        `the migration ${name} was applied in another form than this version has: this build isn't the one that made these tables.`,
      )
    }
  }
  const comments = commentsStep()
  const isCommented = applied.get(comments.name) === comments.checksum
  return [...all.filter(({ name }) => !applied.has(name)), ...(isCommented ? [] : [comments])]
}

/** Returns the migrations of a tenant's tables, in the order in which they are taken. */
export function migrationsOf(tenant: string): Migration[] {
  return Array.from(sqlFiles('store/tables/migrations'), ([name, sql]) => migrationOf(name, sql)).filter(
    ({ name }) => tenant === '' || !sharedMigrations.has(name),
  )
}

/** The comments on tables and columns. They are the texts of docs/tables.md, so this step is taken again after each change. */
export function commentsStep(): Migration {
  const [[name, sql]] = [...sqlFiles('store/tables/comments')] as [[string, string]]
  return migrationOf(name, sql)
}

function migrationOf(name: string, sql: string): Migration {
  const why = commentOf(sql)
  const statements = statementsOf(sql.slice(why.length))
  return { name, why: why.replaceAll(/^-- /gm, '').trim(), statements, checksum: checksumOf(sql) }
}

function checksumOf(sql: string): string {
  return createHash('sha256').update(sql).digest('hex')
}

/** Splits a migration at its empty lines: one statement stands between two of them, and none has an empty line in it. */
function statementsOf(sql: string): string[] {
  return sql.trim().split(/\n{2,}/)
}

/** Returns the comment at the beginning of a `.sql` file. */
export function commentOf(text: string): string {
  return /^(?:--.*\n)+/.exec(text)?.[0] ?? ''
}
