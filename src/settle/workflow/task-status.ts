import { lastRun, type RunEnd, type RunState } from '../share/durable-runs.ts'
import type { DurableField, ShareField } from '../share/fields.ts'
import type { Share } from '../share/share.ts'

export type TaskStatus = 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED'

/** How a task stands, since when it is over, and what the span says that decides. */
export interface StatusDecision {
  readonly status: TaskStatus
  readonly endNs: bigint | null
  readonly error: string | null
  /** The deciding span, where it may say more of the task. */
  readonly node: string | null
}

const statusOf = { ok: 'COMPLETED', error: 'FAILED', cancelled: 'CANCELLED' } as const
const running: StatusDecision = { status: 'RUNNING', endNs: null, error: null, node: null }
const partFields: readonly DurableField[] = ['begun', 'inside', 'outside', 'stop']

/** A task stands as its entries do; a durable workflow as its last run does, whatever stands above and beside it. */
export function decideStatus(share: Share): StatusDecision {
  if (partFields.some((field) => share.best.has(field))) return durableStanding(share)
  const { entry } = share
  if (entry === null || entry.open > 0) return running
  const { outcome, error, node } = entry.last
  return { status: statusOf[outcome], endNs: entry.endNs, error, node }
}

function durableStanding({ runs, best }: Share): StatusDecision {
  const run = lastRun(runs)
  const stop = best.get('stop')
  if (stop !== undefined && (run === null || BigInt(stop.value) >= run.lastNs))
    return { status: 'CANCELLED', endNs: BigInt(stop.value), error: null, node: null }
  return run === null ? running : runStanding(run, best.get('cause')?.value)
}

function runStanding({ end, copies, insideNs }: RunState, cause: string | undefined): StatusDecision {
  if (end?.outcome === 'continued') return running
  if (end !== null) return { status: statusOf[end.outcome], endNs: end.endNs, error: errorOf(end, cause), node: null }
  const over = copies.find((copy) => copy >= insideNs)
  return over === undefined ? running : { status: 'COMPLETED', endNs: over, error: null, node: null }
}

/** `Activity task failed` alone says little. */
function errorOf({ error, passesOn }: RunEnd, cause: string | undefined): string | null {
  if (!passesOn || cause === undefined || error === null || error.includes(cause)) return error
  return `${error}: ${cause}`
}

/**
 * When a task started: at its earliest span. A durable workflow whose run is known started with that, or with what
 * already happened then; a schedule may have asked for it months ago.
 */
export function startOfTask({ best }: Share): bigint {
  const fields: readonly ShareField[] = best.has('begun') ? ['begun', 'inside', 'event'] : ['start']
  const times = fields.flatMap((field) => best.get(field)?.value ?? [])
  if (times.length === 0) return BigInt(best.get('recordStart')!.value)
  return times.map(BigInt).reduce((a, b) => (a < b ? a : b))
}
