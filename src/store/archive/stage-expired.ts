import type { Database, Session } from '../database.ts'
import { addMonths, boundOf, type Month, monthOf } from '../partitions/months.ts'
import { retryLocks } from '../partitions/partition.ts'
import type { PartitionedTable } from '../partitions/partitioned-tables.ts'
import {
  expiredParts,
  expiringTables,
  extendPast,
  isOurs,
  lockedExpiredParts,
  type Retention,
  retentionLimits,
  rowsPerDelete,
  startExpiry,
} from '../partitions/retention.ts'
import { readLayout } from '../partitions/table-layout.ts'
import { quoted } from '../search-path.ts'
import { storeStatement } from '../statements.ts'
import { type ArchivePart, addPart, keyOfPart, relationOf } from './parts.ts'

/**
 * Takes the months that are kept no longer out of the tables that people read, and lets them wait to be archived. A month
 * that has a partition is detached from its table; of others, the rows move in small transactions. No receiver writes to
 * what waits. Only whole months go, so that there is one file for most of them. May be interrupted, and run by several at
 * once. Throws `Unavailable` when none of so many attempts at a lock was successful.
 */
export async function stageExpired(database: Database, retention: Retention, attempts?: number): Promise<void> {
  for (const table of expiringTables(retention)) {
    const { before, parts } = await startExpiry(database, table, retention[table.name]!)
    const month = monthOf(before)
    if (parts.some(({ from }) => from !== null))
      await retryLocks(
        () => database.transaction((session) => detachMonths(session, table, month), retentionLimits),
        attempts,
      )
    await moveRows(database, table, month, attempts)
  }
}

/** Detaches the months before a month, and lets the partition of all earlier rows end where the first one left begins. */
async function detachMonths(session: Session, table: PartitionedTable, month: Month): Promise<void> {
  const { layout, parts, months } = await lockedExpiredParts(session, table, month)
  const end = months.at(-1)?.to
  if (end == null) return
  for (const { qualified, from } of months) {
    await session.query(`alter table ${layout.qualified} detach partition ${qualified}`)
    const part = await addPart(session, { name: table.name, month: from!, isDetached: true })
    await session.query(`alter table ${qualified} rename to ${relationOf(part)}`)
  }
  await extendPast(session, layout, parts[0]!, end)
}

/** Moves our rows of before a month out of the table, or out of the partition of all earlier rows, month by month. */
async function moveRows(database: Database, table: PartitionedTable, before: Month, attempts?: number): Promise<void> {
  const inAttempts = <T>(work: (session: Session) => Promise<T>) =>
    retryLocks(() => database.transaction(work, retentionLimits), attempts)
  for (let month = await nextMonth(database, table, { before }); month !== null; ) {
    const current = month
    let moved: number | null = null
    // a row that a writer has locked stays until the next turn
    do {
      const part = await inAttempts((session) => openPart(session, table, current))
      moved = await moveUntilClosed(database, table, part)
    } while (moved === null)
    month = await nextMonth(database, table, { from: addMonths(current, 1), before })
  }
}

/** Returns the earliest month of which our rows are in no partition of its own, or null where no row is so old. */
function nextMonth(
  database: Database,
  table: PartitionedTable,
  { from, before }: { readonly from?: Month; readonly before: Month },
): Promise<Month | null> {
  return database.transaction(async (session) => {
    const { mixed, parts } = await expiredParts(session, table, before)
    const where = mixed ?? parts.find((part) => part.from === null)?.qualified
    if (where === undefined) return null
    const key = quoted(table.key)
    const since = from === undefined ? '' : `${key} >= ${boundOf(from)} and `
    const [row] = await session.query<{ month: Month | null }>(
      `select to_char(min(${key})::timestamptz at time zone 'UTC', 'YYYY-MM') as month from ${where}
       where ${since}${key} < ${boundOf(before)} and isfinite(${key}) and ${isOurs}`,
    )
    return row?.month ?? null
  }, retentionLimits)
}

/** Returns the part that takes rows of a month, and makes one where there is none. */
async function openPart(session: Session, { name }: PartitionedTable, month: Month): Promise<ArchivePart> {
  await session.query(storeStatement('lock_archive_parts'))
  const [open] = await session.query<{ part: number }>(storeStatement('find_open_part'), [name, `${month}-01`])
  if (open !== undefined) return { name, month, part: open.part }
  const { qualified, schema, owner } = (await readLayout(session, name))!
  const part = await addPart(session, { name, month, isDetached: false })
  const relation = `${quoted(schema)}.${relationOf(part)}`
  await session.query(`create table ${relation} (like ${qualified})`)
  await session.query(`alter table ${relation} owner to ${owner}`)
  return part
}

/** Moves the rows of a month. Resolves to their number, or to null where a process has begun to archive the part. */
async function moveUntilClosed(database: Database, table: PartitionedTable, part: ArchivePart): Promise<number | null> {
  let moved = 0
  for (;;) {
    const rows = await database.transaction((session) => moveSome(session, table, part))
    if (rows === null) return null
    moved += rows
    if (rows < rowsPerDelete) return moved
  }
}

async function moveSome(session: Session, table: PartitionedTable, part: ArchivePart): Promise<number | null> {
  const open = await session.query(storeStatement('keep_part_open'), keyOfPart(part))
  if (open.length === 0) return null
  const { qualified, schema } = (await readLayout(session, table.name))!
  const key = quoted(table.key)
  const range = `${key} >= ${boundOf(part.month)} and ${key} < ${boundOf(addMonths(part.month, 1))}`
  const columns = await session.query<{ name: string }>(storeStatement('archive_columns'), [qualified])
  const names = columns.map(({ name }) => quoted(name)).join(', ')
  const rows = await session.query(
    `with gone as (
       delete from ${qualified} where ${range} and id in (
         select id from ${qualified} where ${range} and ${isOurs} limit ${rowsPerDelete} for update skip locked
       ) returning ${names}
     )
     insert into ${quoted(schema)}.${relationOf(part)} (${names}) select ${names} from gone returning 1 as moved`,
  )
  return rows.length
}
