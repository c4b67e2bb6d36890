import type pg from 'pg'
import { asError } from '../errors.ts'
import { withBinaryArrays } from './array-parameters.ts'
import { copyRows } from './copy-rows.ts'
import {
  type Database,
  databaseOver,
  defaultTransactionLimits,
  inTurn,
  noConnections,
  type PoolState,
  type Session,
  type TransactionBegin,
  type TransactionLimits,
} from './database.ts'
import { translate } from './sqlstate.ts'

/** How a pool of connections to PostgreSQL is opened. */
export interface PostgresOptions {
  /** A connection string; undefined means that the PG* variables of the environment name the server. */
  readonly url: string | undefined
  readonly connections: number
  readonly connectTimeoutMs: number
  /** Names the database in messages, without a password. */
  readonly description: string
  /** Names the connections in the server's statistics; `spanledger` by default. */
  readonly applicationName?: string
  /** The limits of transactions that state none. */
  readonly limits?: TransactionLimits
}

/**
 * Opens a pool of connections. The driver is loaded and the first connection opened by the first transaction: an app's
 * instrumentation can only wrap a driver that isn't loaded yet. Idle connections keep no process alive.
 */
export function openPostgres(options: PostgresOptions): Database {
  let created: Promise<pg.Pool> | undefined
  let opened: pg.Pool | undefined
  const pool = async () => {
    created ??= createPool(options)
    opened = await created
    return opened
  }
  return onPool(pool, { ...options, state: () => stateOf(opened) }, async () => await (await created)?.end())
}

function stateOf(pool: pg.Pool | undefined): PoolState {
  if (pool === undefined) return noConnections
  return { busy: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount }
}

/** Uses a pool that the app has opened. Closing the database leaves the pool open. */
export function databaseOnPool(pool: pg.Pool, options: Pick<PostgresOptions, 'description' | 'limits'>): Database {
  return onPool(
    async () => pool,
    { ...options, state: () => stateOf(pool) },
    async () => {},
  )
}

function onPool(
  pool: () => Promise<pg.Pool>,
  {
    description,
    limits: poolLimits = defaultTransactionLimits,
    state,
  }: Pick<PostgresOptions, 'description' | 'limits'> & { readonly state: () => PoolState },
  close: () => Promise<void>,
): Database {
  return databaseOver({
    description,
    transaction: async (work, { searchPath, limits = poolLimits }) =>
      transaction(await pool(), work, { searchPath, limits }),
    statement: async (sql) => {
      await (await pool()).query(sql).catch((error: unknown) => {
        throw translate(error)
      })
    },
    pool: state,
    [Symbol.asyncDispose]: close,
  })
}

async function createPool({
  url,
  connections,
  connectTimeoutMs,
  applicationName = 'spanledger',
}: PostgresOptions): Promise<pg.Pool> {
  const { Pool } = await driver()
  const pool = new Pool({
    ...(url === undefined ? {} : { connectionString: url }),
    pipeline: true,
    max: connections,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: applicationName,
  })
  // the pool replaces a broken connection at its next use, and the statement that needs it fails. Without a listener the
  // event `error` would end the process: the pool's for idle connections, a connection's own within a transaction
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

type Begin = TransactionBegin & { readonly limits: TransactionLimits }

async function transaction<T>(
  pool: pg.Pool,
  work: (session: Session) => Promise<T>,
  { searchPath, limits }: Begin,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw translate(error)
  })
  // without its connection the statement fails, and the server rolls back
  const timer = limits.wholeMs ? setTimeout(() => client.connection.stream.destroy(), limits.wholeMs) : undefined
  let broken: Error | undefined
  try {
    await client.query(begin(searchPath, limits))
    const result = await work(sessionOf(client, await driver()))
    await client.query('commit')
    return result
  } catch (error) {
    broken = (await rollBack(client)) ?? readOnlyError(error)
    throw translate(error)
  } finally {
    clearTimeout(timer)
    client.release(broken)
  }
}

/** All of it is set for the transaction alone and sent in one message, as PgBouncer in transaction mode needs it. */
function begin(searchPath: string, { lockTimeoutMs, statementTimeoutMs }: TransactionLimits): string {
  return `begin isolation level read committed; set local lock_timeout = ${lockTimeoutMs}; set local statement_timeout = ${statementTimeoutMs}; set local idle_in_transaction_session_timeout = ${statementTimeoutMs}; set local synchronous_commit = on; ${searchPath}`
}

/**
 * Returns the error of a server that takes no writes: its address may mean another server for a new connection, since a
 * standby has been promoted.
 */
function readOnlyError(error: unknown): Error | undefined {
  return error instanceof Error && 'code' in error && error.code === readOnlyTransaction ? error : undefined
}

/** The SQLSTATE read_only_sql_transaction. */
const readOnlyTransaction = '25006'

/** Returns the error of a rollback that failed: the connection must not be used again then. */
async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback')
    return undefined
  } catch (error) {
    return asError(error)
  }
}

let loaded: Promise<typeof import('pg')> | undefined

/** Loads the driver at its first use, and once, because each `import` runs the app's loader hooks. */
async function driver(): Promise<typeof pg> {
  loaded ??= import('pg')
  return (await loaded).default
}

function sessionOf(client: pg.PoolClient, { Query }: typeof pg): Session {
  const session: Session = {
    query: async <Row extends object>(sql: string, values?: readonly unknown[]) => {
      const result = await client.query<Row>(sql, values && withBinaryArrays(sql, values))
      return result.rows
    },
    copy: async (table, columns, rows) => {
      const sql = `copy ${table} (${columns.join(', ')}) from stdin (format binary)`
      await copyRows(client, Query, sql, rows).catch((error: unknown) => {
        throw translate(error)
      })
    },
  }
  return client.pipeline ? session : inTurn(session)
}
