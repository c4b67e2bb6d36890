import { setImmediate as turn } from 'node:timers/promises'
import type { Facts } from '../../src/map/facts/facts.ts'
import { refreshRollups } from '../../src/rollups/refresh.ts'
import type { Database } from '../../src/store/database.ts'
import { openTraceCache } from '../../src/transaction/ledger/trace-cache.ts'
import type { Writer } from '../../src/transaction/writer.ts'
import { againAfterStalls } from './again.ts'
import { clientOf } from './embedded.ts'
import { dumpLedger } from './ledger.ts'
import { fixedPrice } from './prices.ts'
import { openTestWriter } from './writer.ts'

const price = fixedPrice(1_234_567, 'openai')

/** In an order that foreign keys allow. */
const tables = [
  ...['task_executions', 'event_logs', 'token_usage', 'tool_executions', 'agent_executions', 'usage_daily_aggregates'],
  ...['users', 'ledger', 'traces', 'shares', 'workflows', 'days', 'reports', 'call_ids'],
  ...['moves', 'pruned', 'archives', 'archive_deletions', 'tombstones', 'tombstone_keys'],
  ...['usage_rollups', 'usage_rollup_state', 'rollup_invalidations'],
]
/** Empties all tables. TRUNCATE makes new files for each index of each partition, and takes longer than what is played. */
export const emptyTables: string = tables.map((table) => `delete from ${table}`).join('; ')

export interface Play {
  readonly database: Database
  /** For each receiver: how many spans it remembers at most. */
  readonly memories: readonly number[]
  /** The events whose texts may be less after they were withdrawn and came back, as a LIKE pattern. That they are there is law. */
  readonly mayLoseText: string
  /** The most rows of a trace that move at once; undefined: as receivers have it. */
  readonly mostMovedRows?: number
  /** Called after each transaction of the only receiver. */
  readonly afterEach?: () => Promise<void>
}

/** Several receivers take turns by lot, all at once. Returns the ledger that results. */
export async function playReceivers(
  { database, memories, mayLoseText, mostMovedRows, afterEach }: Play,
  batches: readonly (readonly Facts[])[],
): Promise<string> {
  const client = clientOf(database)
  await client.query(emptyTables)
  const writers = memories.map((maxSpans) => writer(database, maxSpans, mostMovedRows))
  const lanes = writers.map((_, lane) => batches.filter((__, i) => i % writers.length === lane))
  // sums of hours are made in the middle: what is written after that must invalidate them
  const middle = Math.ceil(lanes[0]!.length / 2)
  await Promise.all(
    lanes.map(async (mine, lane) => {
      for (const [i, batch] of mine.entries()) {
        if (lane === 0 && i === middle) await refreshRollups(database)
        await againAfterStalls(() => writers[lane]!(batch))
        await afterEach?.()
      }
    }),
  )
  for (const one of writers) await one.moved()
  await client.query("update event_logs set message = '', payload = '{}' where type like $1", [mayLoseText])
  return dumpLedger(client)
}

function writer(database: Database, maxSpans: number, mostMovedRows: number | undefined): Writer {
  const limit = mostMovedRows === undefined ? {} : { mostMovedRows }
  return openTestWriter(database, { traceCache: openTraceCache(maxSpans), price, pause: () => turn(), ...limit })
}
