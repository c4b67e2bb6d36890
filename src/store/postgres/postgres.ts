import type pg from 'pg'
import { asError } from '../../errors.ts'
import {
  awaitInOrder,
  type Database,
  databaseOver,
  defaultTransactionLimits,
  inTurn,
  LateAnswers,
  noConnections,
  type PoolState,
  type Session,
  type TransactionBegin,
  type TransactionLimits,
} from '../database.ts'
import { translate } from '../sqlstate.ts'
import { withBinaryArrays } from './array-parameters.ts'
import { beginSql } from './begin-sql.ts'
import { copyRows } from './copy-rows.ts'
import { openPreparedStatements, type PreparedStatements } from './prepared-statements.ts'
import { type SilenceWatch, type WatchedTransaction, watchSilence } from './silent-connections.ts'
import { openToastCompression, type ToastCompression } from './toast-compression.ts'
import { writeNow, writeTogether } from './write-together.ts'

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
  let created: Promise<Connections> | undefined
  let opened: Connections | undefined
  const connections = async () => {
    created ??= createPool(options)
    opened = await created
    return opened
  }
  const close = async () => await (await created)?.pool.end()
  return onPool(connections, { ...options, state: () => stateOf(opened?.pool) }, close)
}

function stateOf(pool: pg.Pool | undefined): PoolState {
  if (pool === undefined) return noConnections
  return { busy: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount }
}

/** Uses a pool that the app has opened. Closing the database leaves the pool open. */
export function databaseOnPool(pool: pg.Pool, options: Pick<PostgresOptions, 'description' | 'limits'>): Database {
  const connections = { pool, prepared: openPreparedStatements(), compression: openToastCompression() }
  return onPool(
    async () => connections,
    { ...options, state: () => stateOf(pool) },
    async () => {},
  )
}

/** A pool, and what watches its connections; an app's own pool is left alone. */
interface Connections {
  readonly pool: pg.Pool
  readonly prepared: PreparedStatements
  readonly compression: ToastCompression
  readonly watch?: SilenceWatch
}

function onPool(
  connections: () => Promise<Connections>,
  {
    description,
    limits: poolLimits = defaultTransactionLimits,
    state,
  }: Pick<PostgresOptions, 'description' | 'limits'> & { readonly state: () => PoolState },
  close: () => Promise<void>,
): Database {
  return databaseOver({
    description,
    transaction: async (work, { limits = poolLimits, ...begin }) =>
      transaction(await connections(), work, { ...begin, limits }),
    statement: async (sql) => {
      await (await connections()).pool.query(sql).catch((error: unknown) => {
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
}: PostgresOptions): Promise<Connections> {
  const { Client, Pool } = await driver()
  const target = {
    ...(url === undefined ? {} : { connectionString: url }),
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: applicationName,
  }
  const pool = new Pool({
    ...target,
    pipeline: true,
    max: connections,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  })
  // the pool replaces a broken connection at its next use, and the statement that needs it fails. Without a listener the
  // event `error` would end the process: the pool's for idle connections, a connection's own within a transaction
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const watch = watchSilence(pool, { newClient: () => new Client(target) })
  return { pool, prepared: openPreparedStatements(), compression: openToastCompression(), watch }
}

type Begin = TransactionBegin & { readonly limits: TransactionLimits }

async function transaction<T>(
  { pool, prepared, compression, watch }: Connections,
  work: (session: Session) => Promise<T>,
  { searchPath, limits, keepsPlans = false }: Begin,
): Promise<T> {
  const client = await connection(pool, watch)
  // without its connection the statement fails, and the server rolls back
  const timer = limits.wholeMs ? setTimeout(() => client.connection.stream.destroy(), limits.wholeMs) : undefined
  // what may take hours is asked after a thousand times, and must not fail when a busy server is late once
  using watched = watch?.begin(client, limits.statementTimeoutMs === 0) ?? unwatched
  let broken: Error | undefined
  try {
    const pg = await driver()
    writeTogether(client.connection.stream)
    // the first statements follow in the same write
    const first = `${compression.begin(client)}${prepared.begin(client, keepsPlans)}${searchPath}`
    const begun = watched.sent(client.query(beginSql(first, limits)))
    const late = new LateAnswers()
    const session = sessionOf(client, pg, { watched, late, nameOf: (sql) => prepared.nameOf(client, sql) })
    const [answers, result] = await awaitInOrder([begun, late.during(() => work(session))])
    compression.begun(client, answers)
    prepared.begun(client, answers)
    // a connection that takes one statement at a time has not been given the later ones yet
    if (!client.pipeline) await late.with([])
    await late.with([watched.sent(client.query('commit'))])
    return result
  } catch (error) {
    const stale = prepared.staleError(error)
    broken = (await watched.sent(rollBack(client))) ?? readOnlyError(error) ?? stale
    throw stale ?? translate(error)
  } finally {
    clearTimeout(timer)
    client.release(broken)
  }
}

const unwatched: WatchedTransaction = { sent: (answer) => answer, [Symbol.dispose]: () => {} }

/** A connection of the pool, but none that was open when another one was found silent. */
async function connection(pool: pg.Pool, watch: SilenceWatch | undefined): Promise<pg.PoolClient> {
  for (;;) {
    const client = await pool.connect().catch((error: unknown) => {
      throw translate(error)
    })
    if (!watch?.isDoubtful(client)) return client
    client.release(true)
  }
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

/** The server takes longer to store so many bytes of rows than to wake up. */
const largeCopy = 64 * 1024

let loaded: Promise<typeof import('pg')> | undefined

/** Loads the driver at its first use, and once, because each `import` runs the app's loader hooks. */
async function driver(): Promise<typeof pg> {
  loaded ??= import('pg')
  return (await loaded).default
}

/** How the statements of a transaction are sent. */
interface Sending {
  readonly watched: WatchedTransaction
  readonly late: LateAnswers
  readonly nameOf: (sql: string) => string | undefined
}

function sessionOf(client: pg.PoolClient, { Query }: typeof pg, { watched: { sent }, late, nameOf }: Sending): Session {
  const { stream } = client.connection
  const session: Session = {
    query: async <Row extends object>(sql: string, values?: readonly unknown[]) => {
      writeTogether(stream)
      const query = values && { name: nameOf(sql), text: sql, values: withBinaryArrays(sql, values) }
      const result = await sent(client.query<Row>(query ?? sql))
      return result.rows
    },
    texts: async (sql) => {
      // the extended protocol takes one statement only
      const config = { text: sql, rowMode: 'array', queryMode: 'extended', types: { getTypeParser: () => String } }
      const { fields, rows } = await sent(client.query<(string | null)[]>(config as pg.QueryArrayConfig))
      return { columns: fields.map(({ name, dataTypeID: type }) => ({ name, type })), rows }
    },
    copy: async (table, columns, rows) => {
      const sql = `copy ${table} (${columns.join(', ')}) from stdin (format binary)`
      writeTogether(stream)
      const copied = sent(copyRows(client, Query, sql, rows))
      if (rows.length >= largeCopy) writeNow(stream)
      await copied.catch((error: unknown) => {
        throw translate(error)
      })
    },
    late: (answer) => late.add(answer),
  }
  return client.pipeline ? session : inTurn(session)
}
