import { messageOf } from '../errors.ts'
import type { Database } from './database.ts'
import { storeStatement } from './statements.ts'

const limits = { lockTimeoutMs: 1_000, statementTimeoutMs: 1_000 }

/** Tries whether rows can be committed now. `reason` is what the health endpoint shows. */
export async function readiness(database: Database): Promise<{ ready: boolean; reason: string }> {
  try {
    const [row] = await database.transaction(
      (session) => session.query<{ readonly: string }>(storeStatement('transaction_read_only')),
      limits,
    )
    if (row!.readonly !== 'off') return { ready: false, reason: 'the database is read-only' }
    await database.checkRoom()
    return { ready: true, reason: 'rows can be committed' }
  } catch (error) {
    return { ready: false, reason: messageOf(error) }
  }
}
