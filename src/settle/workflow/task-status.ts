import { lastRun, type RunEnd, type RunState } from '../share/durable-runs.ts'
import type { DurableField, ShareField } from '../share/fields.ts'
import type { Share } from '../share/share.ts'

/** The values of `task_executions.status`. */
export type TaskStatus = 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED'

/** The status of a task, and what the span that decides it says. */
export interface StatusDecision {
  readonly status: TaskStatus
  /** When the task ended; null while it runs. */
  readonly endNs: bigint | null
  readonly error: string | null
  /** The `nodeKey` of the deciding span; null where a durable run decides. */
  readonly node: string | null
}

const statusOfOutcome = { ok: 'COMPLETED', error: 'FAILED', cancelled: 'CANCELLED' } as const
const running: StatusDecision = { status: 'RUNNING', endNs: null, error: null, node: null }
/** The fields that only a durable workflow has. */
const durableFields: readonly DurableField[] = ['begun', 'inside', 'outside', 'stop']

/**
 * Decides the status of a task: by its entries of the best kind (docs/design.md §3.4), that of a durable workflow by its
 * latest run (docs/design.md §3.6).
 */
export function decideStatus(share: Share): StatusDecision {
  if (durableFields.some((field) => share.best.has(field))) return decideDurableStatus(share)
  const { entry } = share
  if (entry === null || entry.open > 0) return running
  const { outcome, error, node } = entry.last
  return { status: statusOfOutcome[outcome], endNs: entry.endNs, error, node }
}

/** A stop cancels the workflow, unless a run started after it. */
function decideDurableStatus({ runs, best }: Share): StatusDecision {
  const run = lastRun(runs)
  const stop = best.get('stop')
  if (stop !== undefined && (run === null || BigInt(stop.value) >= run.lastNs))
    return { status: 'CANCELLED', endNs: BigInt(stop.value), error: null, node: null }
  return run === null ? running : decideRunStatus(run, best.get('cause')?.value)
}

/** A run has ended when a span marks its end, or when a copy of the run outlived all its other parts. */
function decideRunStatus({ end, copies, insideNs }: RunState, cause: string | undefined): StatusDecision {
  if (end?.outcome === 'continued') return running
  if (end !== null)
    return { status: statusOfOutcome[end.outcome], endNs: end.endNs, error: errorOf(end, cause), node: null }
  const endNs = copies.find((copy) => copy >= insideNs)
  return endNs === undefined ? running : { status: 'COMPLETED', endNs, error: null, node: null }
}

/** The error of a run, with the error of its activity where the run only passes that on (`Activity task failed`). */
function errorOf({ error, passesOn }: RunEnd, cause: string | undefined): string | null {
  if (!passesOn || cause === undefined || error === null || error.includes(cause)) return error
  return `${error}: ${cause}`
}

/**
 * When a task started: with its earliest span. A durable workflow whose run is known started with that run, or with what
 * happened before it in the same traces; a schedule may have asked for the run months ago.
 */
export function startOfTask({ best }: Share): bigint {
  const fields: readonly ShareField[] = best.has('begun') ? ['begun', 'inside', 'event'] : ['start']
  const times = fields.flatMap((field) => best.get(field)?.value ?? [])
  if (times.length === 0) return BigInt(best.get('recordStart')!.value)
  return times.map(BigInt).reduce((a, b) => (a < b ? a : b))
}
