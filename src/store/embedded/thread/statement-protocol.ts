import type { Session, TransactionLimits } from '../../database.ts'
import { translate } from '../../sqlstate.ts'
import { parametersAsText } from './parameters.ts'

/**
 * One statement as it travels to the thread that has the embedded database, or first to the process that has the thread.
 * Without `values` it may be several statements. `blob` is what a COPY FROM '/dev/blob' reads.
 */
export interface Statement {
  readonly sql: string
  readonly values?: readonly (string | null)[]
  readonly blob?: Uint8Array
}

/** What PostgreSQL says of a statement that fails, as much of it as `translate` looks at. */
export interface StatementFailure {
  readonly message: string
  readonly code: string | undefined
  readonly where: string | undefined
}

/** Rows of the last statement. Rejects with an error that has the fields of `StatementFailure`. */
export type SendStatement = (command: Statement) => Promise<object[]>

/** Runs `work` between BEGIN and COMMIT, or ROLLBACK where it throws. Nobody else may send meanwhile. */
export async function transactionBy<T>(
  send: SendStatement,
  work: (session: Session) => Promise<T>,
  { lockTimeoutMs, statementTimeoutMs }: TransactionLimits,
): Promise<T> {
  try {
    await send({
      sql: `begin isolation level read committed; set local lock_timeout = ${lockTimeoutMs}; set local statement_timeout = ${statementTimeoutMs}; set local synchronous_commit = on`,
    })
    const result = await work(sessionBy(send))
    await send({ sql: 'commit' })
    return result
  } catch (error) {
    // where this fails too, the transaction has gone with its thread
    await send({ sql: 'rollback' }).catch(() => {})
    throw translate(error)
  }
}

/** A failure as an error again, at the end of its travel. */
export function failureToError({ message, code, where }: StatementFailure): Error {
  return Object.assign(new Error(message), { code, where })
}

/** Statements by way of `send`, within a transaction that is begun already. */
export function sessionBy(send: SendStatement): Session {
  return {
    query: async <Row extends object>(sql: string, values?: readonly unknown[]) =>
      (await send(values === undefined ? { sql } : { sql, values: parametersAsText(values) })) as Row[],
    copy: async (table, columns, rows) => {
      const sql = `copy ${table} (${columns.join(', ')}) from '/dev/blob' with (format binary)`
      // copied: a view would travel with all the room behind it, which is used again
      await send({ sql, blob: new Uint8Array(rows) }).catch((error: unknown) => {
        throw translate(error)
      })
    },
  }
}
