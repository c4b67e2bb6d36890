/** One connection within one transaction. */
export interface Session {
  /** Runs one statement. Values are what the driver makes of them: bigint columns are text, timestamps Dates. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** COPY … FROM STDIN in binary format. */
  copy(table: string, columns: readonly string[], rows: Buffer): Promise<void>
}

/** Limits of one transaction, in milliseconds; 0: none. */
export interface TransactionLimits {
  readonly lockTimeoutMs: number
  readonly statementTimeoutMs: number
  /** Of all of it: its connection is closed then, answered or not. The embedded database knows no such limit. */
  readonly wholeMs?: number
}

/**
 * The database as the rooms see it; PostgreSQL and the embedded one look the same. All methods throw `Unavailable` for
 * what may pass, `Misconfigured` for what somebody must set right, and `BadRow` for a value that it refuses.
 */
export interface Database extends AsyncDisposable {
  /** For people: where the rows go, without a password. */
  readonly description: string
  /** Commits what `work` did when it returns; rolls back when it throws. */
  transaction<T>(work: (session: Session) => Promise<T>, limits?: TransactionLimits): Promise<T>
}

export const defaultTransactionLimits: TransactionLimits = { lockTimeoutMs: 2_000, statementTimeoutMs: 30_000 }

/** The database refuses a value. `table` and `line` (from 1) tell which row of a COPY it was, where it says so. */
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

/** A `BadRow` together with the entry that was to become the row. */
export class BadEntry extends BadRow {
  readonly entry: unknown

  constructor({ message, table, line, cause }: BadRow, entry: unknown) {
    super(message, table, line, { cause })
    this.name = 'BadEntry'
    this.entry = entry
  }
}
