import type { Database, Session } from '../../store/database.ts'
import { type Month, monthOf } from '../../store/partitions/months.ts'
import { retryLocks } from '../../store/partitions/partition.ts'
import { ledgerPartitions } from '../../store/partitions/partitioned-tables.ts'
import { type Expired, expiredParts, removeParts, timeBefore } from '../../store/partitions/retention.ts'
import type { Partition } from '../../store/partitions/table-layout.ts'
import { storeStatement } from '../../store/statements.ts'
import { MissingTraces } from '../ledger/call-ids/call-ids.ts'
import { statement } from '../statements.ts'
import { pruneTraces } from './prune-traces.ts'

/** Receivers that wait for a trace wait behind this: a transaction has few traces, and waits for none of them for long. */
const limits = { lockTimeoutMs: 1_000, statementTimeoutMs: 60_000 }
const tracesPerTransaction = 100
/** The most times that a transaction begins again because other traces have the same calls. */
const mostRestarts = 20

/** The months of the ledger that are kept no longer. */
interface ExpiredMonths {
  /** All months before this one. */
  readonly month: Month
  /** The partitions that go whole, and the month after the last of them. */
  readonly parts: readonly Partition[]
  readonly partsEnd: Month
}

/**
 * Removes what is remembered of traces that were last written before the month in which the ledger's retention begins,
 * some at a time, and then the months of the ledger that are empty by that. A trace that was written since moves to the
 * current month with all of its entries. From the first moment on, receivers refuse spans that began before that month and
 * of whose trace nothing is remembered. The sums of days stay. May be interrupted, and run by several at once. Throws
 * `Unavailable` when no attempt at a lock was successful.
 */
export async function pruneLedger(database: Database, days: number, attempts?: number): Promise<void> {
  const expired = await database.transaction(async (session) => {
    const found = await readExpired(session, days)
    await session.query(storeStatement('set_pruned'), [ledgerPartitions.name, startOf(found.month)])
    return found
  })
  // the last pass finds none: from then on no transaction adds to these months
  while (await pruneRemembered(database, expired, attempts));
  const { parts, month } = expired
  await removeParts(database, { table: ledgerPartitions, parts, month, attempts })
}

async function readExpired(session: Session, days: number): Promise<ExpiredMonths> {
  const month = monthOf(await timeBefore(session, days))
  const { parts } = await expiredParts(session, ledgerPartitions, month)
  return { month, parts, partsEnd: parts.at(-1)?.to ?? firstMonth }
}

const firstMonth: Month = '0001-01'

/** Goes once through all traces of the months that are kept no longer. Resolves to whether any of them was remembered. */
async function pruneRemembered(database: Database, expired: ExpiredMonths, attempts?: number): Promise<boolean> {
  let [epoch, last] = [dateOf(firstMonth), '0'.repeat(32)]
  let hasRemembered = false
  for (;;) {
    const found = await database.transaction((session) =>
      session.query<{ epoch: string; trace: string; remembered: boolean }>(statement('expired_traces'), [
        dateOf(expired.month),
        epoch,
        last,
      ]),
    )
    if (found.length === 0) return hasRemembered
    const remembered = found.filter((one) => one.remembered).map(({ trace }) => trace)
    hasRemembered ||= remembered.length > 0
    for (let at = 0; at < remembered.length; at += tracesPerTransaction)
      await pruneGroup(database, remembered.slice(at, at + tracesPerTransaction), expired, attempts)
    ;({ epoch, trace: last } = found.at(-1)!)
  }
}

async function pruneGroup(
  database: Database,
  traces: readonly string[],
  { month, partsEnd }: ExpiredMonths,
  attempts?: number,
): Promise<void> {
  let group = traces
  for (let restarts = 0; ; restarts++) {
    try {
      const work = (session: Session) =>
        pruneTraces(session, group, { month: dateOf(month), keptFrom: dateOf(partsEnd) })
      await retryLocks(() => database.transaction(work, limits), attempts)
      return
    } catch (error) {
      if (!(error instanceof MissingTraces) || restarts === mostRestarts) throw error
      group = [...group, ...error.traces]
    }
  }
}

function startOf(month: Month): Date {
  return new Date(`${dateOf(month)}T00:00:00Z`)
}

function dateOf(month: Month): string {
  return `${month}-01`
}

/** Lists what `pruneLedger` would remove. Traces that share a call with one that was written since stay, and are counted here. */
export function listExpiredLedger(database: Database, days: number): Promise<Expired[]> {
  return database.transaction(
    async (session) => {
      const { month, parts, partsEnd } = await readExpired(session, days)
      const before = startOf(month)
      const expired: Expired[] = []
      for (const { name, from, to, qualified } of parts) {
        const range = [month, from ?? firstMonth, to ?? month].map(dateOf)
        const [row] = await session.query<{ rows: number }>(statement('expired_entries'), range)
        const [size] = await session.query<{ bytes: string }>(
          'select pg_total_relation_size($1::regclass)::text as bytes',
          [qualified],
        )
        expired.push({ table: 'ledger', partition: name, rows: row!.rows, bytes: Number(size!.bytes), before })
      }
      const rest = await session.query<{ rows: number; bytes: string }>(statement('expired_entries'), [
        dateOf(month),
        dateOf(partsEnd),
        dateOf(month),
      ])
      const [{ rows, bytes }] = rest as [{ rows: number; bytes: string }]
      if (rows > 0) expired.push({ table: 'ledger', partition: null, rows, bytes: Number(bytes), before })
      return expired
    },
    { ...limits, statementTimeoutMs: 0 },
  )
}
