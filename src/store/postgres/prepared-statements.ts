import type pg from 'pg'
import { Unavailable } from '../../errors.ts'

/**
 * Decides which statements of a pool are prepared. The server reads and analyses the text of a prepared statement once for
 * each connection; of a small batch this is a fifth of its CPU. The plan is made anew for each execution, because a plan for
 * all values would be made while the tables are small, and be kept while they grow. Transactions that keep plans use theirs for
 * a second: planning takes a quarter of the server's CPU for a small batch.
 */
export interface PreparedStatements {
  /** Returns the SQL that a transaction begins with, after its first statement. `keepsPlans`: see `TransactionOptions`. */
  begin(client: pg.PoolClient, keepsPlans: boolean): string
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

/** So long is a plan kept: tables that were small when it was made are not much larger then. */
const keptMs = 1_000

/** What is known of a connection. */
interface ConnectionState {
  /** Whether it is one connection of the server, and no pooler's. */
  readonly isDirect: boolean
  /** Citus needs the values to know the node of the rows. */
  readonly isCitus: boolean
  /** Since when its plans are kept, as `performance.now()` counts. */
  keptSinceMs: number
}

/** Prepares nothing so far. */
export function openPreparedStatements(): PreparedStatements {
  const states = new WeakMap<pg.PoolClient, ConnectionState>()
  const statements = new Map<string, { readonly name: string; sent: number }>()
  let isGivenUp = false
  return {
    begin(client, keepsPlans) {
      const state = states.get(client)
      if (isGivenUp || state?.isDirect === false) return ''
      if (state === undefined) return `select ${aboutConnection}; `
      return keepsPlans && !state.isCitus ? keptPlans(state) : 'set local plan_cache_mode = force_custom_plan; '
    },
    begun(client, answers) {
      if (states.has(client) || !Array.isArray(answers)) return
      const about = answers.flatMap(({ rows }) => rows).find((row) => 'backend' in row)
      // behind a pooler, transactions of one connection are on several of the server, which has other numbers
      const isDirect = about?.backend === (client as { processID?: number }).processID
      states.set(client, { isDirect, isCitus: about?.citus === true, keptSinceMs: Number.NEGATIVE_INFINITY })
    },
    nameOf(client, sql) {
      if (isGivenUp || !states.get(client)?.isDirect) return undefined
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

const aboutConnection = "pg_backend_pid() as backend, current_setting('citus.shard_count', true) is not null as citus"

function keptPlans(state: ConnectionState): string {
  const nowMs = performance.now()
  const isOld = nowMs - state.keptSinceMs > keptMs
  if (isOld) state.keptSinceMs = nowMs
  return `set local plan_cache_mode = force_generic_plan; ${isOld ? 'discard plans; ' : ''}`
}
