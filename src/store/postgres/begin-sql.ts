import type { TransactionLimits } from '../database.ts'

/**
 * How long the server keeps the locks of a client that has vanished: one that waits in a transaction, and one whose host
 * doesn't acknowledge what is sent to it (in a COPY, no other limit holds).
 */
const idleMs = 10_000
const vanished =
  'set local tcp_user_timeout = 5000; set local tcp_keepalives_idle = 2; set local tcp_keepalives_interval = 1; set local tcp_keepalives_count = 3'

/**
 * Returns the SQL that begins a transaction and ends in `first`. All of it is set for the transaction alone and sent in one
 * message, as PgBouncer in transaction mode needs it.
 */
export function beginSql(first: string, { lockTimeoutMs, statementTimeoutMs }: TransactionLimits): string {
  const idle = statementTimeoutMs === 0 ? 0 : Math.min(statementTimeoutMs, idleMs)
  return `begin isolation level read committed; set local lock_timeout = ${lockTimeoutMs}; set local statement_timeout = ${statementTimeoutMs}; set local idle_in_transaction_session_timeout = ${idle}; ${vanished}; set local synchronous_commit = on; ${first}`
}
