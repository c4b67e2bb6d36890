import type pg from 'pg'
import { Unavailable } from '../../errors.ts'

/**
 * Decides which statements of a pool are prepared. The server reads and analyses the text of a prepared statement once for
 * each connection; of a small batch this is a fifth of its CPU. The plan is made anew for each execution, because a plan for
 * all values would be made while the tables are small, and be kept while they grow.
 */
export interface PreparedStatements {
  /** Returns the SQL that a transaction begins with, after its first statement. */
  begin(client: pg.PoolClient): string
  /** Reads the answers to the first statements of a transaction. */
  begun(client: pg.PoolClient, answers: pg.QueryResult | readonly pg.QueryResult[]): void
  /** Returns the name under which a statement is prepared; undefined: it isn't. */
  nameOf(client: pg.PoolClient, sql: string): string | undefined
  /**
   * Returns an error that may pass in place of one that only a prepared statement can have, and prepares nothing from then
   * on. The connection must not be used again.
   */
  staleError(error: unknown): Unavailable | undefined
}

/** A statement that was sent less often is no statement of batches. */
const often = 3
/** So many texts of statements are counted; batches have some forty. */
const mostTexts = 200

/** SQLSTATEs of a name that the server doesn't know, or knows already: something between the two has several servers. */
const unprepared = /^(26000|42P05)$/
/** The function of PostgreSQL that finds a column changed whose type a prepared statement returns. */
const changedType = 'RevalidateCachedQuery'

/** Prepares nothing so far. */
export function openPreparedStatements(): PreparedStatements {
  const isDirect = new WeakMap<pg.PoolClient, boolean>()
  const statements = new Map<string, { readonly name: string; sent: number }>()
  let isGivenUp = false
  return {
    begin(client) {
      if (isGivenUp || isDirect.get(client) === false) return ''
      return isDirect.get(client) ? 'set local plan_cache_mode = force_custom_plan; ' : `select ${backendPid}; `
    },
    begun(client, answers) {
      if (isDirect.has(client) || !Array.isArray(answers)) return
      const pid = answers.flatMap(({ rows }) => rows).find((row) => 'backend' in row)?.backend
      // behind a pooler, transactions of one connection are on several of the server, which has other numbers
      isDirect.set(client, pid === (client as { processID?: number }).processID)
    },
    nameOf(client, sql) {
      if (isGivenUp || !isDirect.get(client)) return undefined
      const known = statements.get(sql)
      if (known !== undefined) return ++known.sent < often ? undefined : known.name
      if (statements.size < mostTexts) statements.set(sql, { name: `spanledger_${statements.size}`, sent: 1 })
      return undefined
    },
    staleError(error) {
      if (!(error instanceof Error)) return undefined
      const { code, routine } = error as Error & { code?: string; routine?: string }
      if (!unprepared.test(code ?? '') && routine !== changedType) return undefined
      isGivenUp = true
      const why = `the database has not kept a statement as it was (${code}): ${error.message}`
      return new Unavailable(why, { cause: error, reason: 'database' })
    },
  }
}

const backendPid = 'pg_backend_pid() as backend'
