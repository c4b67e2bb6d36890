import { searchPathSql } from './search-path.ts'

/**
 * One connection within one transaction. Several statements may be sent before the first is answered, which saves round
 * trips: they run in the order of the calls, and `awaitInOrder` waits for them.
 */
export interface Session {
  /** Runs one statement. Values are what node-postgres makes of them: bigint columns are text, timestamps Dates. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** Runs exactly one statement, and returns the texts of its values as the server writes them: what a person has typed. */
  texts(sql: string): Promise<TextRows>
  /** Runs COPY … FROM STDIN in binary format. */
  copy(table: string, columns: readonly string[], rows: Buffer): Promise<void>
  /**
   * Leaves an answer to be waited for with that to COMMIT, which is sent at once then. For the last statements, if no answer of
   * theirs decides what else is done: where one fails, the server rolls back instead, and the transaction throws its error.
   */
  late(answer: Promise<unknown>): void
}

/** The answer to a statement in text. */
export interface TextRows {
  /** `type` is the number of the type (pg_type.oid). */
  readonly columns: readonly { readonly name: string; readonly type: number }[]
  readonly rows: readonly (readonly (string | null)[])[]
}

/**
 * Waits for statements that were sent together, and for what sends further ones. Throws the error of the first that failed
 * by itself: a transaction that has failed refuses all that is sent after it.
 */
export async function awaitInOrder<const Sent extends readonly Promise<unknown>[]>(
  sent: Sent,
): Promise<{ -readonly [I in keyof Sent]: Awaited<Sent[I]> }> {
  const results = await Promise.allSettled(sent)
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (errors.length > 0) throw errors.find((error) => !followsFailure(error)) ?? errors[0]
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as never
}

/** Whether an error only says that the transaction has failed before: the SQLSTATE in_failed_sql_transaction. */
function followsFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = (error.cause ?? error) as { readonly code?: unknown }
  return code === '25P02'
}

/** The answers that a transaction has left to be waited for at its end. */
export class LateAnswers {
  readonly #answers: Promise<unknown>[] = []

  add(answer: Promise<unknown>): void {
    // it may fail before anything waits for it
    answer.catch(() => {})
    this.#answers.push(answer)
  }

  /** Runs `work`, and throws the error of the answer that it has left where that is why what it sent later has failed. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      await this.with([Promise.reject(error)])
      throw error
    }
  }

  /** Waits for these, and for what was sent after them. */
  async with(last: readonly Promise<unknown>[]): Promise<void> {
    await awaitInOrder([...this.#answers, ...last])
  }
}

/** Makes a session that sends each statement when the one before is answered, for connections that allow no more. */
export function inTurn({ query, texts, copy, late }: Session): Session {
  let previous: Promise<unknown> = Promise.resolve()
  const next = <T>(run: () => Promise<T>): Promise<T> => {
    const answer = previous.then(run)
    previous = answer.catch(() => {})
    return answer
  }
  return {
    query: (sql, values) => next(() => query(sql, values)),
    texts: (sql) => next(() => texts(sql)),
    copy: (table, columns, rows) => next(() => copy(table, columns, rows)),
    late,
  }
}

/** The time limits of one transaction, in milliseconds; 0 means no limit. */
export interface TransactionLimits {
  readonly lockTimeoutMs: number
  readonly statementTimeoutMs: number
  /** Limits the whole transaction: its connection is closed then. The embedded database does not support this limit. */
  readonly wholeMs?: number
}

/**
 * The database as the rooms see it: PostgreSQL and the embedded database look the same. All methods throw `Unavailable`
 * for an error that may pass, `Misconfigured` for a set-up that must be corrected first, and `BadRow` for a value that
 * the database refuses.
 */
export interface Database extends AsyncDisposable {
  /** Names the database in messages, without a password. */
  readonly description: string
  /** The tenant whose tables a name without a schema means; '' is the default tenant. */
  readonly tenant: string
  /** Commits what `work` did when it returns; rolls back when it throws. */
  transaction<T>(
    work: (session: Session) => Promise<T>,
    limits?: TransactionLimits,
    options?: TransactionOptions,
  ): Promise<T>
  /**
   * Runs one statement outside of a transaction and without a time limit, as CREATE INDEX CONCURRENTLY needs it. It must name
   * schemas: those of the tenant are searched in transactions only.
   */
  statement(sql: string): Promise<void>
  /** Returns the same database for another tenant. Closing that one closes nothing. */
  forTenant(tenant: string): Database
  /** The state of the connections, which all tenants share. */
  pool(): PoolState
  /** Throws `Unavailable` where nothing can be written, though it can be read. A server's disk is not looked at. */
  checkRoom(): Promise<void>
}

/** How many connections there are, and how many transactions wait for one. */
export interface PoolState {
  readonly busy: number
  readonly idle: number
  readonly waiting: number
}

/** The state of a pool that has opened no connection. */
export const noConnections: PoolState = { busy: 0, idle: 0, waiting: 0 }

/** What runs the transactions of all tenants of a database. */
export interface DatabaseConnections extends AsyncDisposable {
  readonly description: string
  /** Runs `work` in a transaction that begins with the SQL of `searchPath`. */
  transaction<T>(work: (session: Session) => Promise<T>, begin: TransactionBegin): Promise<T>
  statement(sql: string): Promise<void>
  /** Absent where there is no pool. */
  pool?(): PoolState
  /** Absent where the disk is another machine's. */
  checkRoom?(): Promise<void>
}

/** How the statements of a transaction are run. */
export interface TransactionOptions {
  /**
   * Whether plans of prepared statements are used again for a second, for all values: for statements that find rows by
   * their keys and are sent so often that planning them takes long. The embedded database ignores this option.
   */
  readonly keepsPlans?: boolean
}

/** How a transaction begins. */
export interface TransactionBegin extends TransactionOptions {
  readonly searchPath: string
  /** undefined: the limits of these connections. */
  readonly limits: TransactionLimits | undefined
}

/** Opens a database for its default tenant. Closing it closes the connections. */
export function databaseOver(connections: DatabaseConnections): Database {
  return { ...forTenant(connections, ''), [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose]() }
}

function forTenant(connections: DatabaseConnections, tenant: string): Database {
  const searchPath = searchPathSql(tenant)
  return {
    description: connections.description,
    tenant,
    transaction: (work, limits, options) => connections.transaction(work, { ...options, searchPath, limits }),
    statement: (sql) => connections.statement(sql),
    forTenant: (other) => forTenant(connections, other),
    pool: () => connections.pool?.() ?? noConnections,
    checkRoom: async () => connections.checkRoom?.(),
    [Symbol.asyncDispose]: async () => {},
  }
}

/** The limits of a transaction that states none. */
export const defaultTransactionLimits: TransactionLimits = { lockTimeoutMs: 2_000, statementTimeoutMs: 30_000 }

/** The database refuses a value. `table` and `line` (from 1) name the row of a COPY, where the error names one. */
export class BadRow extends Error {
  readonly table: string | null
  readonly line: number | null

  constructor(message: string, table: string | null, line: number | null, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BadRow'
    this.table = table
    this.line = line
  }
}

/** A `BadRow` together with the entry that the refused row was made of. */
export class BadEntry extends BadRow {
  readonly entry: unknown

  constructor({ message, table, line, cause }: BadRow, entry: unknown) {
    super(message, table, line, { cause })
    this.name = 'BadEntry'
    this.entry = entry
  }
}
