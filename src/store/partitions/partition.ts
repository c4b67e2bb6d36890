import { setTimeout as pause } from 'node:timers/promises'
import { Misconfigured, Unavailable } from '../../errors.ts'
import type { Database, Session, TransactionLimits } from '../database.ts'
import { planConversion } from './convert-table.ts'
import { addMonths, type Month, monthOf } from './months.ts'
import { type PartitionedTable, partitionedTables } from './partitioned-tables.ts'
import { readLayout, type TableLayout } from './table-layout.ts'

/** The number of months after the current one that have partitions already. */
export const monthsAhead = 3

/** A clock that is further ahead than this is wrong: its rows would keep all months until then in one partition. */
const mostMonthsAhead = 24

/** DDL waits this long for its locks, because writers wait behind it meanwhile. */
const ddlLimits: TransactionLimits = { lockTimeoutMs: 500, statementTimeoutMs: 0 }

/** Called with a table's name before each step that is taken with it. */
export type OnStep = (table: string, step: string) => void

/**
 * Partitions the tables by month while others read and write them. A table that is partitioned stays as it is, and what
 * an interrupted attempt has prepared is not done again. Returns the names of the tables that it has partitioned. Throws
 * `Misconfigured` for a table that can't be partitioned.
 */
export async function partition(database: Database, onStep: OnStep): Promise<string[]> {
  const partitioned: string[] = []
  for (const table of partitionedTables) {
    const plan = await database.transaction((session) => readForConversion(session, table))
    if (plan === null) continue
    for (const sql of planConversion(table, { ...plan, concurrently: true }).preparation) {
      onStep(table.name, sql)
      await prepare(database, sql)
    }
    onStep(table.name, 'exchange the table for a partitioned one')
    await retryLocks(() => database.transaction((session) => exchange(session, table, plan), ddlLimits))
    onStep(table.name, 'analyze')
    await database.statement(`analyze ${plan.layout.qualified}`)
    partitioned.push(table.name)
  }
  return partitioned
}

/** Partitions tables that the same transaction has created. */
export async function partitionNewTables(session: Session): Promise<void> {
  for (const table of partitionedTables) {
    const plan = await readForConversion(session, table)
    if (plan === null) continue
    const { preparation } = planConversion(table, { ...plan, concurrently: false })
    for (const sql of preparation) await session.query(sql)
    await exchange(session, table, plan)
  }
}

/** A table that isn't partitioned, the first month that gets a partition of its own, and the one that follows the last. */
interface ConversionPlan {
  readonly layout: TableLayout
  readonly end: Month
  readonly future: Month
}

async function readForConversion(session: Session, table: PartitionedTable): Promise<ConversionPlan | null> {
  const layout = await readLayout(session, table.name)
  if (layout === null || layout.isPartitioned) return null
  await session.query("set local timezone = 'UTC'")
  const [row] = await session.query<{ now: Date; latest: string | null }>(
    `select now() as now, to_char(max("${table.key}")::timestamptz, 'YYYY-MM') as latest from ${layout.qualified}`,
  )
  const current = monthOf(row!.now)
  const future = addMonths(current, monthsAhead + 1)
  const { latest } = row!
  if (latest === null) return { layout, end: addMonths(current, -1), future }
  if (latest > addMonths(current, mostMonthsAhead)) {
    throw new Misconfigured(
      `${layout.qualified} can't be partitioned: it has rows of ${latest}, which a wrong clock must have dated. Correct "${table.key}" of the rows after ${addMonths(current, mostMonthsAhead)}, and run \`spanledger partition\` again.`,
    )
  }
  const end = addMonths(latest > current ? latest : current, 1)
  return { layout, end, future: future > end ? future : end }
}

/** Exchanges the table. Reads it again under its lock, because it may have got a grant or an index meanwhile. */
async function exchange(session: Session, table: PartitionedTable, plan: ConversionPlan): Promise<void> {
  await session.query(`lock table ${plan.layout.qualified} in access exclusive mode`)
  const layout = await readLayout(session, table.name)
  const conversion = planConversion(table, { ...plan, layout: layout!, concurrently: true })
  for (const sql of conversion.exchange) await session.query(sql)
}

function prepare(database: Database, sql: string): Promise<unknown> {
  if (sql.includes(' concurrently ')) return database.statement(sql)
  return retryLocks(() => database.transaction((session) => session.query(sql), ddlLimits))
}

/**
 * Tries again, so many times, while a lock isn't to be had in time (55P03), or two processes wait for each other (40P01).
 * Others get their turn in the pauses.
 */
export async function retryLocks<T>(work: () => Promise<T>, attempts: number = Number.POSITIVE_INFINITY): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const isLock = error instanceof Unavailable && /\((55P03|40P01)\)/.test(error.message)
      if (!isLock || attempt >= attempts) throw error
      await pause(200 + 800 * Math.random())
    }
  }
}
