import type { Database } from '../../store/database.ts'
import { schemaOf } from '../../store/search-path.ts'
import { readOnly } from '../read-only.ts'
import { queryStatement } from '../statements.ts'
import { runTypedSql, type TakePage, type TypedLimits, type TypedOutcome, TypedSqlFailed } from './typed-sql.ts'

/** A statement may not be run over the network with the role that reads. */
export class ForbiddenSql extends Error {}

interface SqlLimits {
  readonly others: readonly string[]
  readonly functions: readonly string[]
}

/**
 * Runs one statement that came over the network, in a transaction that the database lets change nothing. A transaction that
 * only reads may still read other schemas, end connections and look into files of the server: a role that can look into the
 * schemas of other tenants runs none (law 8), and no role runs functions that do more than compute. Throws `ForbiddenSql`
 * for those.
 */
export async function runGuardedSql(
  database: Database,
  sql: string,
  limits: TypedLimits,
  take: TakePage,
): Promise<TypedOutcome> {
  const [known] = await readOnly(database, (session) =>
    session.query<SqlLimits>(queryStatement('sql_limits'), [schemaOf(database.tenant)]),
  )
  const { others, functions } = known!
  if (others.length > 0)
    throw new ForbiddenSql(
      'The role that reads here could look into the tables of other tenants, so it runs no SQL of others.',
    )
  const called = calledIn(sql)
  const forbidden = functions.find((name) => called.has(name))
  if (forbidden !== undefined)
    throw new TypedSqlFailed(`${forbidden} may not be called here: it does more than compute.`)
  return runTypedSql(database, sql, limits, take)
}

/** What separates the words of SQL: comments. Texts and quoted names are kept whole. */
const words =
  /'(?:[^']|'')*'|"((?:[^"]|"")*)"|(\$[A-Za-z_]*\$)[\s\S]*?\2|--[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\S/g

/**
 * All names in a statement, called or not: a name may stand far from its bracket. Names with escapes are refused, since they can
 * spell any other.
 */
function calledIn(sql: string): Set<string> {
  if (/\bu&\s*"/i.test(sql)) throw new TypedSqlFailed('names with escapes (U&"…") are not read here.')
  const names = new Set<string>()
  for (const [word, quoted] of sql.matchAll(words)) {
    if (quoted !== undefined) names.add(quoted.replaceAll('""', '"'))
    else if (/^[A-Za-z_\u0080-\uffff]/.test(word)) names.add(word.toLowerCase())
  }
  return names
}
