import { type ArchivedPart, type ArchiveOptions, archiveWaiting } from '../../store/archive/archive.ts'
import { stageExpired } from '../../store/archive/stage-expired.ts'
import type { Database } from '../../store/database.ts'
import { type Expired, listExpired, prune, type Retention } from '../../store/partitions/retention.ts'
import { listExpiredLedger, pruneLedger } from './prune-ledger.ts'

/** Lists what is kept no longer: rows that people read, and what is remembered of their traces. */
export async function listExpiredRows(
  database: Database,
  retention: Retention,
  { archiveFolder = null }: Partial<RemoveOptions> = {},
): Promise<Expired[]> {
  const rows = await listExpired(database, retention, archiveFolder !== null)
  const { ledger } = retention
  return ledger === undefined ? rows : [...rows, ...(await listExpiredLedger(database, ledger))]
}

/** How what is kept no longer is removed. */
export interface RemoveOptions extends ArchiveOptions {
  /** The folder of the archive; null: what people read isn't archived. */
  readonly archiveFolder: string | null
  /** How often a lock that isn't to be had is tried for; as often as it takes where it is undefined. */
  readonly attempts?: number
}

/**
 * Removes what is kept no longer: rows that people read first, into the archive if there is one, then what is remembered of
 * their traces. May be interrupted, and run by several at once. Returns the files that were written. Throws `Unavailable`
 * when none of so many attempts at a lock was successful.
 */
export async function removeExpiredRows(
  database: Database,
  retention: Retention,
  { archiveFolder, attempts, onWait }: RemoveOptions,
): Promise<ArchivedPart[]> {
  if (archiveFolder !== null) await stageExpired(database, retention, attempts)
  else await prune(database, retention, attempts)
  const archived = archiveFolder === null ? [] : await archiveWaiting(database, archiveFolder, { onWait })
  if (retention.ledger !== undefined) await pruneLedger(database, retention.ledger, attempts)
  return archived
}
