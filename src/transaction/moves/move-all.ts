import { Unavailable } from '../../errors.ts'
import { commit } from '../commit.ts'
import { openTraceCache } from '../ledger/trace-cache.ts'
import { newWriterCache, type WriterOptions } from '../writer-options.ts'

/** Large moves of rows are under way in traces that must be whole. They must end first. */
export class MovesUnderWay extends Unavailable {
  readonly traces: readonly string[]

  constructor(traces: readonly string[]) {
    super('rows of these traces are being moved to another workflow')
    this.traces = traces
  }
}

/** What rows are moved with. */
export type MoveOptions = Pick<WriterOptions, 'database' | 'price' | 'toJson' | 'rules'>

/** Moves all rows of traces that are still in the workflow that they had before, part by part, each in a transaction. */
export async function moveAll(options: MoveOptions, traces: Iterable<string>): Promise<void> {
  const cache = newWriterCache()
  const nothing = () => {}
  const events = { onCommitted: nothing, onUnavailable: nothing, onCostGaps: nothing, onForeignRows: nothing }
  for (const move of traces) {
    const work = { facts: [], move, checkOtherWriters: true }
    const traceCache = openTraceCache(Infinity)
    while ((await commit({ ...options, ...events, traceCache }, cache, work)).hasMoved);
  }
}
