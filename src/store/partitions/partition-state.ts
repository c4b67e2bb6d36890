import type { Database, Session } from '../database.ts'
import { quoted } from '../search-path.ts'
import { addMonths, boundOf, type Month, monthOf } from './months.ts'
import { type PartitionedTable, partitionedTables } from './partitioned-tables.ts'
import { readLayout, readPartitions } from './table-layout.ts'

/** How the months of a table are kept. */
export interface PartitionState {
  readonly table: string
  readonly isPartitioned: boolean
  /** The months after the current one that have partitions. */
  readonly monthsAhead: number
  /** The partitions without a bound on one side that have rows: dated before the first month, or after the last. */
  readonly unbounded: readonly string[]
}

/** Reads how the months of all tables are kept. */
export function readPartitionStates(database: Database): Promise<PartitionState[]> {
  return database.transaction(async (session) => {
    const states: PartitionState[] = []
    const [row] = await session.query<{ now: Date }>('select now() as now')
    for (const table of partitionedTables) states.push(await readState(session, table, monthOf(row!.now)))
    return states
  })
}

async function readState(session: Session, { name, key }: PartitionedTable, current: Month): Promise<PartitionState> {
  const layout = await readLayout(session, name)
  if (!layout?.isPartitioned) return { table: name, isPartitioned: false, monthsAhead: 0, unbounded: [] }
  const partitions = await readPartitions(session, name)
  const months = new Set(partitions.map(({ from }) => from))
  let ahead = 0
  // the partition of all later months begins where the last month ends
  while (months.has(addMonths(current, ahead + 1)) && months.has(addMonths(current, ahead + 2))) ahead += 1
  const unbounded: string[] = []
  for (const { name: part, from, to } of partitions) {
    if ((from === null) === (to === null)) continue
    // asked of the table: a receiver's role has rights on it, and needs none on its partitions
    const inIt = to === null ? `>= ${boundOf(from!)}` : `< ${boundOf(to)}`
    const rows = await session.query(`select from ${layout.qualified} where ${quoted(key)} ${inIt} limit 1`)
    if (rows.length > 0) unbounded.push(part)
  }
  return { table: name, isPartitioned: true, monthsAhead: ahead, unbounded }
}
