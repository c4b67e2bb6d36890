import type { Database } from '../../store/database.ts'
import { type Expired, listExpired, prune, type Retention } from '../../store/partitions/retention.ts'
import { listExpiredLedger, pruneLedger } from './prune-ledger.ts'

/** Lists what is kept no longer: rows that people read, and what is remembered of their traces. */
export async function listExpiredRows(database: Database, retention: Retention): Promise<Expired[]> {
  const rows = await listExpired(database, retention)
  const { ledger } = retention
  return ledger === undefined ? rows : [...rows, ...(await listExpiredLedger(database, ledger))]
}

/**
 * Removes what is kept no longer: rows that people read first, then what is remembered of their traces. May be interrupted,
 * and run by several at once. Throws `Unavailable` when none of so many attempts at a lock was successful.
 */
export async function removeExpiredRows(database: Database, retention: Retention, attempts?: number): Promise<void> {
  await prune(database, retention, attempts)
  if (retention.ledger !== undefined) await pruneLedger(database, retention.ledger, attempts)
}
