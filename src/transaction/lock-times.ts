import type { Session } from '../store/database.ts'
import { statement } from './statements.ts'

/** By their text, the statements of an ingesting transaction that may wait for another one, and what they lock. */
const locks: ReadonlyMap<string, string> = new Map([
  [statement('lock_traces'), 'traces'],
  [statement('lock_call_ids'), 'call_ids'],
  [statement('lock_workflows'), 'workflows'],
  [statement('lock_days'), 'days'],
])

/**
 * Makes a session that reports how long the database took to answer statements that lock rows. Statements that were sent
 * before, on the same connection, count as well.
 */
export function withLockTimes(session: Session, onLocked: (lock: string, milliseconds: number) => void): Session {
  return {
    ...session,
    query: async (sql, values) => {
      const lock = locks.get(sql)
      if (lock === undefined) return session.query(sql, values)
      const startedMs = performance.now()
      try {
        return await session.query(sql, values)
      } finally {
        onLocked(lock, performance.now() - startedMs)
      }
    },
  }
}
