import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { asError } from '../errors.ts'
import { type Database, defaultTransactionLimits, type Session, type TransactionLimits } from './database.ts'
import { translate } from './sqlstate.ts'

export interface PostgresOptions {
  /** A connection string; where it is undefined, the PG* variables of the environment hold. */
  readonly url: string | undefined
  readonly connections: number
  readonly connectTimeoutMs: number
  /** What to call the database in messages. */
  readonly description: string
  /** How the server's statistics name these connections; `spanledger` if not given. */
  readonly applicationName?: string
  /** Of transactions that bring none of their own. */
  readonly limits?: TransactionLimits
}

/**
 * Opens a pool of connections. Neither a connection nor the driver is there before the first transaction: an app's
 * instrumentation can only wrap a driver that isn't loaded yet. Idle connections keep no process alive.
 */
export function openPostgres(options: PostgresOptions): Database {
  let made: Promise<pg.Pool> | undefined
  const pool = () => {
    made ??= makePool(options)
    return made
  }
  return {
    ...onPool(pool, options),
    [Symbol.asyncDispose]: async () => await (await made)?.end(),
  }
}

/** Somebody else's pool, which stays theirs. */
export function databaseOnPool(pool: pg.Pool, options: Pick<PostgresOptions, 'description' | 'limits'>): Database {
  return { ...onPool(async () => pool, options), [Symbol.asyncDispose]: async () => {} }
}

function onPool(
  pool: () => Promise<pg.Pool>,
  { description, limits: usual = defaultTransactionLimits }: Pick<PostgresOptions, 'description' | 'limits'>,
): Omit<Database, typeof Symbol.asyncDispose> {
  return {
    description,
    transaction: async (work, limits = usual) => transaction(await pool(), work, limits),
  }
}

async function makePool({
  url,
  connections,
  connectTimeoutMs,
  applicationName = 'spanledger',
}: PostgresOptions): Promise<pg.Pool> {
  const { default: driver } = await import('pg')
  const pool = new driver.Pool({
    ...(url === undefined ? {} : { connectionString: url }),
    max: connections,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: applicationName,
  })
  // a connection that breaks is replaced at the next use, and fails the statement that needs it; the event would end the
  // process: the pool's for idle connections, the connection's own for one that waits within a transaction
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

async function transaction<T>(
  pool: pg.Pool,
  work: (session: Session) => Promise<T>,
  limits: TransactionLimits,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw translate(error)
  })
  // a client that ends in the middle of a statement breaks its connection: the statement fails, the server gives up
  const watch = limits.wholeMs ? setTimeout(() => client.end(), limits.wholeMs) : undefined
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
    clearTimeout(watch)
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
    return asError(error)
  }
}

let loaded: Promise<typeof import('pg-copy-streams')> | undefined

/** Like the driver it is there at its first use; once, as an app's loader hooks are asked at every `import`. */
function copyStreams(): Promise<typeof import('pg-copy-streams')> {
  loaded ??= import('pg-copy-streams')
  return loaded
}

function sessionOf(client: pg.PoolClient): Session {
  return {
    query: async <Row extends object>(sql: string, values?: readonly unknown[]) => {
      const result = await client.query<Row>(sql, values as unknown[] | undefined)
      return result.rows
    },
    copy: async (table, columns, rows) => {
      const { from: copyFrom } = await copyStreams()
      const sink = client.query(copyFrom(`copy ${table} (${columns.join(', ')}) from stdin (format binary)`))
      await pipeline(Readable.from([rows]), sink).catch((error: unknown) => {
        throw translate(error)
      })
    },
  }
}
