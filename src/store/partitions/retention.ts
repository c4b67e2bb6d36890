import type { Database, Session } from '../database.ts'
import { quoted } from '../search-path.ts'
import { storeStatement } from '../statements.ts'
import { boundOf, type Month, monthOf } from './months.ts'
import { retryLocks } from './partition.ts'
import { factPartitions, type PartitionedTable } from './partitioned-tables.ts'
import { type Partition, readLayout, readPartitions, type TableLayout } from './table-layout.ts'

/** How many days the rows of a table are kept, by table. A table without a number keeps its rows for ever. */
export type Retention = Readonly<Partial<Record<string, number>>>

/** Rows that are kept no longer: those of a partition, or those of a table without partitions before a time. */
export interface Expired {
  readonly table: string
  /** The name of the partition that goes whole; null where single rows are deleted. */
  readonly partition: string | null
  readonly rows: number
  readonly bytes: number
  /** Rows before this time go. */
  readonly before: Date
}

/** Writers wait behind a statement that waits for its locks, so that one gives up soon. */
export const retentionLimits = { lockTimeoutMs: 200, statementTimeoutMs: 60_000 }

/** Rows that one transaction deletes where there are no partitions. */
export const rowsPerDelete = 5_000

/** Only our own rows: their ids are UUIDs of version 8. Those of a platform that shares the tables stay. */
export const isOurs = `substr(id::text, 15, 1) = '8'`

/**
 * Lists what is kept no longer. A month goes when all of it is older; the days' sums stay. Rows without a month of their
 * own go one by one, or as whole months too (`inWholeMonths`), as into the archive.
 */
export function listExpired(database: Database, retention: Retention, inWholeMonths = false): Promise<Expired[]> {
  return database.transaction(
    async (session) => {
      const expired: Expired[] = []
      for (const table of expiringTables(retention)) {
        const before = await timeBefore(session, retention[table.name]!)
        const month = monthOf(before)
        const { parts, mixed } = await expiredParts(session, table, month)
        for (const part of parts) expired.push(await describe(session, table.name, part, before))
        const end = inWholeMonths ? new Date(`${month}-01T00:00:00Z`) : before
        if (mixed !== null) expired.push(...(await expiredRows(session, table, mixed, end)))
      }
      return expired
    },
    { ...retentionLimits, statementTimeoutMs: 0 },
  )
}

/**
 * Removes what is kept no longer, after the books say so: a writer that misses such a row doesn't write it again. The rows of a month go first, which locks that month alone and frees its disk; then the
 * month itself, which waits for readers of the table, in short attempts: as many as it takes, or so many. May be
 * interrupted, and run by several at once. Throws `Unavailable` when no attempt was successful.
 */
export async function prune(database: Database, retention: Retention, attempts?: number): Promise<void> {
  for (const table of expiringTables(retention)) {
    const plan = await startExpiry(database, table, retention[table.name]!)
    if (plan.mixed !== null) await deleteRows(database, plan.mixed, table.key, plan.before)
    await removeParts(database, { table, parts: plan.parts, month: monthOf(plan.before), attempts })
  }
}

/** The partitions of a table that go whole. */
export interface RemovedParts {
  readonly table: PartitionedTable
  readonly parts: readonly Partition[]
  /** All months before this one go. */
  readonly month: Month
  /** As many as it takes where it is undefined. */
  readonly attempts: number | undefined
}

/** Frees the disk of partitions, and drops those of single months. */
export async function removeParts(database: Database, { table, parts, month, attempts }: RemovedParts): Promise<void> {
  const inAttempts = (work: (session: Session) => Promise<unknown>) =>
    retryLocks(() => database.transaction(work, retentionLimits), attempts)
  for (const { qualified } of parts) await inAttempts((session) => session.query(`truncate ${qualified}`))
  if (parts.some(({ from }) => from !== null)) await inAttempts((session) => dropMonths(session, table, month))
}

/** A table, and the time before which its rows are removed. */
export interface PrunedTable {
  readonly name: string
  readonly before: Date
}

/** Lists the tables from which retention has removed rows. */
export function readPrunedTables(database: Database): Promise<PrunedTable[]> {
  return database.transaction((session) => session.query<PrunedTable>(storeStatement('pruned_tables')))
}

/** Lets the books say that rows of before so many days are not kept, so that no writer misses them, and finds them. */
export function startExpiry(
  database: Database,
  table: PartitionedTable,
  days: number,
): Promise<ExpiredParts & { readonly before: Date }> {
  return database.transaction(async (session) => {
    const before = await timeBefore(session, days)
    await session.query(storeStatement('set_pruned'), [table.name, before])
    return { before, ...(await expiredParts(session, table, monthOf(before))) }
  })
}

/** Lists the tables that keep their rows for so many days. Tasks go last: rows of other tables may refer to them. */
export function expiringTables(retention: Retention): PartitionedTable[] {
  return factPartitions.filter(({ name }) => retention[name] !== undefined).toReversed()
}

/** Returns the time so many days ago, by the clock of the database, which all receivers share. */
export async function timeBefore(session: Session, days: number): Promise<Date> {
  const [row] = await session.query<{ before: Date }>('select now() - make_interval(days => $1) as before', [days])
  return row!.before
}

/** What of a table is older than a month. */
export interface ExpiredParts {
  /** The partitions of which all rows are older. */
  readonly parts: readonly Partition[]
  /** The table or partition in which some rows may be older: one without months. */
  readonly mixed: string | null
}

/** Finds the partitions that end before a month, and what may have single rows of before it. */
export async function expiredParts(session: Session, { name }: PartitionedTable, month: Month): Promise<ExpiredParts> {
  const layout = await readLayout(session, name)
  if (layout === null) return { parts: [], mixed: null }
  if (!layout.isPartitioned) return { parts: [], mixed: layout.qualified }
  const partitions = await readPartitions(session, name)
  const parts = partitions.filter(({ to }) => to !== null && to <= month)
  const past = partitions.find(({ from }) => from === null)
  return { parts, mixed: past === undefined || parts.includes(past) ? null : past.qualified }
}

async function describe(session: Session, table: string, part: Partition, before: Date): Promise<Expired> {
  const [row] = await session.query<{ rows: string; bytes: string }>(
    `select (select count(*) from ${part.qualified}) as rows, pg_total_relation_size($1::regclass) as bytes`,
    [part.qualified],
  )
  return { table, partition: part.name, rows: Number(row!.rows), bytes: Number(row!.bytes), before }
}

async function expiredRows(
  session: Session,
  { name, key }: PartitionedTable,
  mixed: string,
  before: Date,
): Promise<Expired[]> {
  const [row] = await session.query<{ rows: string; bytes: string }>(
    `select count(*) as rows, coalesce(sum(pg_column_size(t.*)), 0) as bytes from ${mixed} t where ${quoted(key)} < $1 and ${isOurs}`,
    [before],
  )
  const rows = Number(row!.rows)
  return rows === 0 ? [] : [{ table: name, partition: null, rows, bytes: Number(row!.bytes), before }]
}

/** Deletes rows in small transactions. A writer that changes one of them meanwhile keeps it until the next turn. */
async function deleteRows(database: Database, name: string, key: string, before: Date): Promise<void> {
  for (let deleted = rowsPerDelete; deleted === rowsPerDelete; ) {
    const rows = await database.transaction((session) =>
      session.query(
        `delete from ${name} where id in (
           select id from ${name} where ${quoted(key)} < $1 and ${isOurs} limit ${rowsPerDelete} for update skip locked
         ) returning id`,
        [before],
      ),
    )
    deleted = rows.length
  }
}

/** Drops the months before a month, and lets the partition of all earlier rows end where the first one left begins. */
async function dropMonths(session: Session, table: PartitionedTable, month: Month): Promise<void> {
  const { layout, parts, months } = await lockedExpiredParts(session, table, month)
  const end = months.at(-1)?.to
  if (end == null) return
  for (const { qualified } of months) await session.query(`drop table ${qualified}`)
  await extendPast(session, layout, parts[0]!, end)
}

/** A locked table, its partitions that end before a month, and those of them that have one month. */
interface LockedParts {
  readonly layout: TableLayout
  readonly parts: readonly Partition[]
  readonly months: readonly Partition[]
}

/** Locks a table, and finds what of it ends before a month. */
export async function lockedExpiredParts(
  session: Session,
  table: PartitionedTable,
  month: Month,
): Promise<LockedParts> {
  const layout = (await readLayout(session, table.name))!
  await session.query(`lock table ${layout.qualified} in access exclusive mode`)
  // read under the lock: another process may have removed some
  const { parts } = await expiredParts(session, table, month)
  return { layout, parts, months: parts.filter(({ from }) => from !== null) }
}

/** Lets the partition of all earlier rows end with a month, where there is such a partition. */
export async function extendPast(
  session: Session,
  { qualified }: TableLayout,
  past: Partition,
  end: Month,
): Promise<void> {
  if (past.from !== null) return
  await session.query(`alter table ${qualified} detach partition ${past.qualified}`)
  await session.query(
    `alter table ${qualified} attach partition ${past.qualified} for values from (minvalue) to (${boundOf(end)})`,
  )
}
