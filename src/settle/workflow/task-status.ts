import type { RunClose } from '../../map/facts/facts.ts'
import { lastRun, type RunEnd, type RunState } from '../share/durable-runs.ts'
import type { DurableField, ShareField } from '../share/fields.ts'
import type { Share } from '../share/share.ts'
import { latestFirst } from '../share/times.ts'

/** The values of `task_executions.status`. */
export type TaskStatus = 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED'

/** The status of a task, and what the span that decides it says. */
export interface StatusDecision {
  readonly status: TaskStatus
  /** When the task ended; null while it runs. */
  readonly endNs: bigint | null
  readonly error: string | null
  /** The `nodeKey` of the deciding span; null where a durable run or a close decides. */
  readonly node: string | null
  /** The close that decides; absent where the run has ended by itself, or runs. */
  readonly close?: RunClose
}

const statusOfOutcome = { ok: 'COMPLETED', error: 'FAILED', cancelled: 'CANCELLED' } as const
const running: StatusDecision = { status: 'RUNNING', endNs: null, error: null, node: null }
/** The fields that only a durable workflow has. */
const durableFields: readonly DurableField[] = ['begun', 'inside', 'outside', 'stop']

/**
 * Decides the status of a task: by its entries of the best kind (docs/design.md §3.4), that of a durable workflow by its
 * latest run (docs/design.md §3.6). A close decides where these leave the task RUNNING.
 */
export function decideStatus(share: Share): StatusDecision {
  const own = decideByParts(share)
  return own.status === 'RUNNING' ? (decideByClose(share) ?? own) : own
}

/**
 * The latest close decides, unless an entry or run started after it. Null where none does. The keys of a close and of an
 * entry begin alike, with a time: the later time is the smaller text.
 */
function decideByClose({ best, entry, runs }: Share): StatusDecision | null {
  const found = best.get('close')
  if (found === undefined) return null
  const run = lastRun(runs)
  const lastStart = run === null ? entry?.last.key : latestFirst(run.lastNs)
  if (lastStart !== undefined && lastStart < found.key) return null
  const close = JSON.parse(found.value) as RunClose
  return { status: close.status, endNs: BigInt(close.endNs), error: close.reason, node: null, close }
}

function decideByParts(share: Share): StatusDecision {
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

/** Whether a share makes a task: a close alone makes none, such as where the spans of its run belong to another one. */
export function makesTask({ nodes, best }: Share): boolean {
  return nodes > 0 && (best.has('start') || best.has('recordStart'))
}

/**
 * When a task started: with its earliest span. A durable workflow whose run is known started with that run, or with what
 * happened before it in the same traces; a schedule may have asked for the run months ago.
 */
export function startOfTask({ best }: Share): bigint {
  const fields: readonly ShareField[] = best.has('begun') ? ['begun', 'inside', 'event'] : ['start']
  let earliest: bigint | undefined
  for (const field of fields) {
    const value = best.get(field)?.value
    const time = value === undefined ? undefined : BigInt(value)
    if (time !== undefined && (earliest === undefined || time < earliest)) earliest = time
  }
  return earliest ?? BigInt(best.get('recordStart')!.value)
}
