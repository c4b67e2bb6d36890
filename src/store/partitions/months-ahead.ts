import { Unavailable } from '../../errors.ts'
import type { Database, Session } from '../database.ts'
import { storeStatement } from '../statements.ts'
import { newPartition } from './convert-table.ts'
import { addMonths, boundOf, type Month, monthOf, monthsBetween, partitionName } from './months.ts'
import { monthsAhead } from './partition.ts'
import { type PartitionedTable, partitionedTables } from './partitioned-tables.ts'
import { type Partition, readLayout, readPartitions, type TableLayout, type UniqueIndex } from './table-layout.ts'

/** The key of the advisory lock of the one process that makes partitions. */
const maintenanceLock = 5_716_893_403

/** Writers wait behind a statement that waits for its locks, so that one gives up soon. */
const limits = { lockTimeoutMs: 200, statementTimeoutMs: 10_000 }

/** The most rows that one transaction moves out of the partition of later months. */
const mostMovedRows = 5_000

/**
 * Makes the partitions of the coming months that are missing, and returns their names. Where another process does so
 * already, it makes none. A table that is locked for long keeps what it has: the next call tries again.
 */
export async function makeMonthsAhead(database: Database): Promise<string[]> {
  const made: string[] = []
  for (const table of partitionedTables) {
    try {
      made.push(...(await database.transaction((session) => makeMonths(session, table), limits)))
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
    }
  }
  return made
}

async function makeMonths(session: Session, table: PartitionedTable): Promise<string[]> {
  const future = (await readPartitions(session, table.name)).find(isFuture(table))
  if (future?.from == null) return []
  const [row] = await session.query<{ now: Date; mine: boolean }>(
    'select now() as now, pg_try_advisory_xact_lock($1) as mine',
    [maintenanceLock],
  )
  const months = monthsBetween(future.from, addMonths(monthOf(row!.now), monthsAhead + 1))
  if (months.length === 0 || !row!.mine) return []
  const layout = (await readLayout(session, table.name))!
  await session.query(`lock table ${layout.qualified} in access exclusive mode`)
  const free = await movableMonths(session, table, future, months)
  if (free.length === 0) return []
  await insertMonths(session, { table, layout, future, months: free })
  return free.map((month) => partitionName(table.name, month))
}

/** The partition of all later months; a table that other means have partitioned has none. */
function isFuture({ name }: PartitionedTable): (partition: Partition) => boolean {
  return (partition) => partition.name === partitionName(name, 'future') && partition.to === null
}

/** The months whose rows, all together, one transaction can move. Senders whose clocks are ahead have written those. */
async function movableMonths(
  session: Session,
  { key }: PartitionedTable,
  { qualified }: Partition,
  months: readonly Month[],
): Promise<readonly Month[]> {
  const [row] = await session.query<{ rows: number }>(
    `select count(*)::integer as rows from (select from ${qualified} where "${key}" < ${boundOf(addMonths(months.at(-1)!, 1))} limit ${mostMovedRows + 1}) r`,
  )
  return row!.rows > mostMovedRows ? [] : months
}

interface Insertion {
  readonly table: PartitionedTable
  readonly layout: TableLayout
  readonly future: Partition
  readonly months: readonly Month[]
}

/** Puts months between the last one and the later ones. The table is locked, so nothing is seen in between. */
async function insertMonths(session: Session, { table, layout, future, months }: Insertion): Promise<void> {
  const uniques = await session.query<UniqueIndex>(storeStatement('local_unique_indexes'), [future.qualified])
  await session.query(`alter table ${layout.qualified} detach partition ${future.qualified}`)
  for (const month of months) {
    const { qualified, create, attach } = newPartition(layout, {
      table: table.name,
      uniques,
      part: month,
      from: month,
    })
    for (const sql of create) await session.query(sql)
    await session.query(
      `with moved as (delete from ${future.qualified} where "${table.key}" < ${boundOf(addMonths(month, 1))} returning *)
       insert into ${qualified} select * from moved`,
    )
    await session.query(attach)
  }
  const from = boundOf(addMonths(months.at(-1)!, 1))
  await session.query(
    `alter table ${layout.qualified} attach partition ${future.qualified} for values from (${from}) to (maxvalue)`,
  )
}
