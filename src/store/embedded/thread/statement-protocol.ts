import { Misconfigured } from '../../../errors.ts'
import {
  defaultTransactionLimits,
  inTurn,
  LateAnswers,
  type Session,
  type TextRows,
  type TransactionBegin,
} from '../../database.ts'
import { translate } from '../../sqlstate.ts'
import { parametersAsText } from './parameters.ts'

/**
 * One statement as it is sent to the thread of the embedded database, or to the process that owns it. Without `values`
 * it may be several statements. `blob` holds the rows of COPY … FROM '/dev/blob'.
 */
export interface Statement {
  readonly sql: string
  readonly values?: readonly (string | null)[]
  readonly blob?: Uint8Array
  /** One statement whose answer is in text: its columns as the first row, then arrays of texts. */
  readonly texts?: true
}

/** The error of a statement that failed: the fields of PostgreSQL's error that `translate` reads. */
export interface StatementFailure {
  readonly message: string
  readonly code: string | undefined
  readonly where: string | undefined
}

/** Returns the rows of the last statement. Rejects with an error that has the fields of `StatementFailure`. */
export type SendStatement = (statement: Statement) => Promise<object[]>

/** Runs `work` between BEGIN and COMMIT, or ROLLBACK where it throws. No other statement may be sent meanwhile. */
export async function transactionBy<T>(
  send: SendStatement,
  work: (session: Session) => Promise<T>,
  { searchPath, limits: { lockTimeoutMs, statementTimeoutMs } = defaultTransactionLimits }: TransactionBegin,
): Promise<T> {
  try {
    await send({
      sql: `begin isolation level read committed; set local lock_timeout = ${lockTimeoutMs}; set local statement_timeout = ${statementTimeoutMs}; set local synchronous_commit = on; ${searchPath}`,
    })
    const result = await runWork(send, work)
    await send({ sql: 'commit' })
    return result
  } catch (error) {
    // a rollback fails where the thread has ended, and the transaction with it
    await send({ sql: 'rollback' }).catch(() => {})
    throw translate(error)
  }
}

/** Runs one statement outside of a transaction. */
export async function statementBy(send: SendStatement, sql: string): Promise<void> {
  await send({ sql }).catch((error: unknown) => {
    throw translate(error)
  })
}

/** Makes the error of a statement from what the other side has sent. */
export function failureToError({ message, code, where }: StatementFailure): Error {
  return Object.assign(new Error(message), { code, where })
}

/** Runs the work of a transaction that has begun already, until all of its statements are answered. */
export async function runWork<T>(send: SendStatement, work: (session: Session) => Promise<T>): Promise<T> {
  const late = new LateAnswers()
  const result = await late.during(() => work(sessionBy(send, late)))
  await late.with([])
  return result
}

function sessionBy(send: SendStatement, late: LateAnswers): Session {
  return inTurn({
    query: async <Row extends object>(sql: string, values?: readonly unknown[]) =>
      (await send(values === undefined ? { sql } : { sql, values: parametersAsText(values) })) as Row[],
    texts: async (sql) => {
      const [columns, ...rows] = (await send({ sql, texts: true })) as [TextRows['columns'], ...TextRows['rows']]
      if (!Array.isArray(columns))
        throw new Misconfigured('the process that has the embedded database is of an earlier version: restart it.')
      return { columns, rows }
    },
    copy: async (table, columns, rows) => {
      const sql = `copy ${table} (${columns.join(', ')}) from '/dev/blob' with (format binary)`
      // copied, because sending a view would send the whole buffer behind it, which is used again
      await send({ sql, blob: new Uint8Array(rows) }).catch((error: unknown) => {
        throw translate(error)
      })
    },
    late: (answer) => late.add(answer),
  })
}
