import { messageOf } from '../errors.ts'
import type { Database } from './database.ts'

/** Whether rows can be committed now; if not, why. */
export async function readiness(database: Database): Promise<{ ready: boolean; reason: string }> {
  try {
    const limits = { lockTimeoutMs: 1000, statementTimeoutMs: 1000 }
    const [row] = await database.transaction(
      (session) =>
        session.query<{ readonly: string }>(
          "select current_setting('transaction_read_only') as readonly from (select count(*) from (select from spanledger.traces limit 1) t) c",
        ),
      limits,
    )
    return row!.readonly === 'off'
      ? { ready: true, reason: 'rows can be committed' }
      : { ready: false, reason: 'the database is read-only' }
  } catch (error) {
    return { ready: false, reason: messageOf(error) }
  }
}
