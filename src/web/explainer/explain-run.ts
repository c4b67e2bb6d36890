import { runTree } from '../../explain/run-tree.ts'
import type { MapOptions } from '../../map/options.ts'
import { mostCalls, readCountedCalls } from '../../queries/runs/run.ts'
import { readRuns } from '../../queries/runs/runs.ts'
import type { PriceLookup } from '../../settle/prices/prices.ts'
import type { Database } from '../../store/database.ts'
import { findTraces } from '../../transaction/read/read-traces.ts'
import { explainSpan } from './explain-span.ts'
import { openTraceStore } from './trace-store.ts'
import { treeAnswer } from './tree-answer.ts'

/** What explaining needs. */
export interface ExplainOptions {
  /** The database of a tenant, to read from. */
  readonly readerOf: (tenant: string) => Database
  readonly price: PriceLookup
  readonly mapping: MapOptions
}

/** A span of a run. */
export interface SpanPlace {
  readonly workflow: string
  readonly trace: string
  readonly span: string
}

/** Explains runs. Answers are JSON; null: there is no such run or span. */
export interface RunExplainer {
  tree(tenant: string, workflow: string): Promise<string | null>
  span(tenant: string, place: SpanPlace): Promise<string | null>
}

/** Explains runs in a thread. */
export interface ThreadedExplainer extends RunExplainer {
  /** Keeps the thread ready until it is disposed of: it takes a while to start. */
  keepReady(): Disposable
}

/** A tree has so many spans at most, and traces in memory have so many together. */
const mostSpans = 100_000

/** Explains runs from the ledger and their rows. At most `mostStored` spans stay in memory, or those of the last trace. */
export function explainRuns(
  { readerOf, price, mapping }: ExplainOptions,
  mostStored: number = mostSpans,
): RunExplainer {
  const store = openTraceStore(price, mostStored)
  return {
    async tree(tenant, workflow) {
      const database = readerOf(tenant)
      const [run] = await readRuns(database, [workflow])
      if (run === undefined) return null
      const found = await findTraces(database, workflow)
      // they are read while the traces are derived, and an error must not be unheard until then
      const reading = readCountedCalls(database, run.id)
      reading.catch(() => {})
      const traces = []
      let spans = 0
      let unread = 0
      for (const known of found) {
        if (spans >= mostSpans) unread += 1
        else {
          const { trace } = await store.derived(database, known)
          spans += trace.nodes.size
          traces.push(trace)
        }
      }
      const rows = await reading
      const tree = runTree({ workflow, traces, rows, most: mostSpans, mostCalls })
      return JSON.stringify(treeAnswer({ run, tree, rows, unread }))
    },
    async span(tenant, place) {
      const database = readerOf(tenant)
      const [run] = await readRuns(database, [place.workflow])
      const known = (await findTraces(database, place.trace)).find(({ trace }) => trace === place.trace)
      if (run === undefined || known === undefined) return null
      const { trace } = await store.settled(database, known)
      const span = await explainSpan({ database, mapping, run, trace, span: place.span })
      return span === null ? null : JSON.stringify(span)
    },
  }
}
