import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { type Database, defaultLimits, type Session, type TransactionLimits } from './database.ts'
import { translate } from './sqlstate.ts'

export interface PostgresOptions {
  /** A connection string; where it is undefined, the PG* variables of the environment hold. */
  readonly url: string | undefined
  readonly connections: number
  readonly connectTimeoutMs: number
  /** What to call the database in messages. */
  readonly description: string
}

/** Opens a pool of connections; none is made before it is needed. */
export function openPostgres(options: PostgresOptions): Database {
  const pool = new pg.Pool({
    ...(options.url === undefined ? {} : { connectionString: options.url }),
    max: options.connections,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'spanledger',
  })
  // a connection that breaks is replaced at the next use, and fails the statement that needs it; the event would end the
  // process: the pool's for idle connections, the connection's own for one that waits within a transaction
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return {
    description: options.description,
    transaction: (work, limits = defaultLimits) => transaction(pool, work, limits),
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

async function transaction<T>(
  pool: pg.Pool,
  work: (session: Session) => Promise<T>,
  limits: TransactionLimits,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw translate(error)
  })
  let broken: Error | undefined
  try {
    await client.query(begin(limits))
    const result = await work(sessionOf(client))
    await client.query('commit')
    return result
  } catch (error) {
    broken = await rollBack(client)
    throw translate(error)
  } finally {
    client.release(broken)
  }
}

function begin({ lockTimeoutMs, statementTimeoutMs }: TransactionLimits): string {
  return `begin isolation level read committed; set local lock_timeout = ${lockTimeoutMs}; set local statement_timeout = ${statementTimeoutMs}; set local idle_in_transaction_session_timeout = ${statementTimeoutMs}; set local synchronous_commit = on`
}

async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback')
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function sessionOf(client: pg.PoolClient): Session {
  return {
    query: async <Row extends object>(sql: string, values?: readonly unknown[]) => {
      const result = await client.query<Row>(sql, values as unknown[] | undefined)
      return result.rows
    },
    copy: async (table, columns, rows) => {
      const sink = client.query(copyFrom(`copy ${table} (${columns.join(', ')}) from stdin (format binary)`))
      await pipeline(Readable.from([rows]), sink).catch((error: unknown) => {
        throw translate(error)
      })
    },
  }
}
