import { rulesVersion } from '../../settle/rules-version.ts'
import { retryLocks } from '../../store/partitions/partition.ts'
import { commit } from '../commit.ts'
import { openTraceCache } from '../ledger/trace-cache.ts'
import { statement } from '../statements.ts'
import { newWriterCache, type Work, type WriterOptions } from '../writer-options.ts'
import type { Resettled } from './part-of-run.ts'
import { addChanges, type CountedRuns, noRunChanges, type RunChanges } from './run-changes.ts'

/** The most attempts at a run whose locks others hold. */
export const mostAttempts = 60

/** What traces are settled again with. */
export type ResettleOptions = Pick<WriterOptions, 'database' | 'price' | 'toJson'> &
  Partial<Pick<WriterOptions, 'rules' | 'isRepriced' | 'mostResettledTraces'>>

/** Which traces are settled again. */
export interface ResettleTarget {
  /** Only those that were last written in the month of this date or later; null: all. */
  readonly since: string | null
  /** Also those that the present rules have settled. */
  readonly all: boolean
}

/**
 * Settles traces again by the present rules, those of a run together, each run in a transaction of its own under the locks
 * of all writers; a run of many traces in several, of a part of its traces each. May be interrupted, and run by several at once: the next call goes on with what is left. Returns what
 * has changed; `onRun` is called after each transaction.
 */
export async function resettle(
  options: ResettleOptions,
  { since, all }: ResettleTarget,
  onRun: (changes: RunChanges) => void = () => {},
): Promise<RunChanges> {
  const { database, rules = rulesVersion } = options
  /** Traces that were settled with a run whose other trace was found first, and are found later. */
  const done = new Set<string>()
  const counted = countRuns()
  let [changes, last] = [noRunChanges, '0'.repeat(32)]
  for (;;) {
    const after = last
    // traces that were settled with a run are of the present rules now, and are not found any more
    if (!all) done.clear()
    const found = await database.transaction((session) =>
      session.query<{ trace: string }>(statement('traces_to_resettle'), [after, all ? null : rules, since]),
    )
    for (const { trace } of found) {
      last = trace
      if (done.delete(trace)) continue
      const run = await retryLocks(() => resettleTraces(options, [trace], { all, counted }), mostAttempts)
      for (const one of run.traces) if (one > last) done.add(one)
      counted.add(run)
      changes = addChanges(changes, run.changes)
      onRun(changes)
    }
    if (found.length === 0) return changes
  }
}

/** Collects the runs that are settled again in parts, so that each counts once. */
export function countRuns(): CountedRuns & { readonly add: (resettled: Resettled) => void } {
  const [runs, changed] = [new Set<string>(), new Set<string>()]
  const add = ({ inParts, changes }: Resettled) => {
    const isChanged = Object.values(changes.tables).some((rows) => rows.added + rows.changed + rows.removed > 0)
    for (const workflow of inParts) {
      runs.add(workflow)
      if (isChanged) changed.add(workflow)
    }
  }
  return { runs, changed, add }
}

/** Settles traces again that other rules have settled, with all others of their runs or, of a run of many traces, a part of them; with `all` whichever rules have. */
export async function resettleTraces(
  { rules = rulesVersion, ...given }: ResettleOptions,
  traces: readonly string[],
  resettling: NonNullable<Work['resettle']> = { all: false },
): Promise<Resettled> {
  const nothing = () => {}
  const events = { onCommitted: nothing, onUnavailable: nothing, onCostGaps: nothing, onForeignRows: nothing }
  const options = { ...given, rules, traceCache: openTraceCache(0), ...events, mostRestarts: 1_000 }
  const work = { facts: [], move: null, checkOtherWriters: true, others: traces, resettle: resettling }
  const { resettled } = await commit(options, newWriterCache(), work)
  return resettled
}
