import type { Facts } from '../map/facts/facts.ts'
import type { ArrivalOutcome } from '../settle/tree/merge-versions.ts'
import { retryLocks } from '../store/partitions/partition.ts'
import { commit } from './commit.ts'
import { openTraceCache } from './ledger/trace-cache.ts'
import { newWriterCache, type WriterOptions } from './writer-options.ts'

/** What facts are written with once, beside the writers of receivers. */
export type WriteOnceOptions = Pick<WriterOptions, 'database' | 'price' | 'toJson'>

/** The most attempts at facts whose locks others hold. */
const mostAttempts = 60
const nothing = () => {}

/** Commits few facts in a transaction of their own, under the locks of all writers. Returns one outcome for each. */
export async function writeOnce(options: WriteOnceOptions, facts: readonly Facts[]): Promise<ArrivalOutcome[]> {
  const events = { onCommitted: nothing, onUnavailable: nothing, onCostGaps: nothing, onForeignRows: nothing }
  const { outcomes } = await retryLocks(
    () =>
      commit({ ...options, ...events, traceCache: openTraceCache(0) }, newWriterCache(), {
        facts,
        move: null,
        checkOtherWriters: true,
      }),
    mostAttempts,
  )
  return outcomes
}
