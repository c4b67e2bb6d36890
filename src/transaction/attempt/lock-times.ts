import type { Session } from '../../store/database.ts'
import { statement } from '../statements.ts'

/** By their text, the statements of an ingesting transaction that may wait for another one, and what they lock. */
const locks: ReadonlyMap<string, string> = new Map([
  [statement('lock_traces'), 'traces'],
  [statement('add_call_ids'), 'call_ids'],
  [statement('lock_workflows'), 'workflows'],
  [statement('lock_days'), 'days'],
])

/**
 * Makes a session that reports how long the database took to answer statements that lock rows. Statements that were sent
 * before, on the same connection, count as well.
 */
export function withLockTimes(session: Session, onLocked: (lock: string, milliseconds: number) => void): Session {
  const timed = async <T>(lock: string, run: () => Promise<T>): Promise<T> => {
    const startedMs = performance.now()
    try {
      return await run()
    } finally {
      onLocked(lock, performance.now() - startedMs)
    }
  }
  return {
    ...session,
    query: async (sql, values) => {
      const lock = locks.get(sql)
      return lock === undefined ? session.query(sql, values) : timed(lock, () => session.query(sql, values))
    },
    copy: async (table, columns, rows) => {
      const copy = () => session.copy(table, columns, rows)
      // a key that another transaction adds is waited for
      return table === 'call_ids' ? timed(table, copy) : copy()
    },
  }
}
