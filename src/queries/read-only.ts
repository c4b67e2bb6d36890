import type { Database, Session } from '../store/database.ts'

/** How long a statement of a reader may take by default, in milliseconds. */
export const readerTimeoutMs = 30_000

/**
 * Runs `work` in a transaction that the database lets change nothing. A reader of the embedded database has its only
 * connection meanwhile, so what takes long is read in several.
 */
export function readOnly<T>(
  database: Database,
  work: (session: Session) => Promise<T>,
  statementTimeoutMs: number = readerTimeoutMs,
): Promise<T> {
  return database.transaction(
    async (session) => {
      await session.query('set transaction read only')
      return work(session)
    },
    { lockTimeoutMs: 10_000, statementTimeoutMs },
  )
}
