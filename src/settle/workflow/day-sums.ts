import { millisecondsOf } from '../../columns.ts'
import { addCounts, type Counts, type Share } from '../share/share.ts'
import type { TaskRow } from './task-row.ts'

/** The sums behind a row of usage_daily_aggregates. Averages and rates are derived from these sums, never from the tasks. Persisted in `days`. */
export interface DayState {
  readonly tasks: number
  readonly successful: number
  readonly failed: number
  readonly tokens: number
  readonly costNano: bigint
  readonly tools: number
  readonly durationMs: number
  /** How many tasks have a duration. */
  readonly ended: number
  readonly calls: number
  readonly cacheHits: number
  readonly models: Counts
  readonly toolRuns: Counts
}

/** A day without tasks. */
export const noDay: DayState = {
  tasks: 0,
  successful: 0,
  failed: 0,
  tokens: 0,
  costNano: 0n,
  tools: 0,
  durationMs: 0,
  ended: 0,
  calls: 0,
  cacheHits: 0,
  models: new Map(),
  toolRuns: new Map(),
}

/** The day on which a task started, in UTC, as `2026-11-24`. */
export function dateOf(task: TaskRow): string {
  return new Date(millisecondsOf(task.startedNs)).toISOString().slice(0, 10)
}

/** What one task adds to the day of its user. */
export function dayOf(task: TaskRow, share: Share): DayState {
  return {
    tasks: 1,
    successful: task.status === 'COMPLETED' ? 1 : 0,
    failed: task.status === 'FAILED' ? 1 : 0,
    tokens: task.total,
    costNano: task.costNano,
    tools: task.tools,
    durationMs: task.durationMs ?? 0,
    ended: task.durationMs === null ? 0 : 1,
    calls: share.sums.calls,
    cacheHits: share.sums.cacheHits,
    models: share.models,
    toolRuns: share.tools,
  }
}

/** Adds `b` to `a`, or with the sign -1 takes it away. */
export function addDays(a: DayState, b: DayState, sign: 1 | -1): DayState {
  return {
    tasks: a.tasks + sign * b.tasks,
    successful: a.successful + sign * b.successful,
    failed: a.failed + sign * b.failed,
    tokens: a.tokens + sign * b.tokens,
    costNano: sign === 1 ? a.costNano + b.costNano : a.costNano - b.costNano,
    tools: a.tools + sign * b.tools,
    durationMs: a.durationMs + sign * b.durationMs,
    ended: a.ended + sign * b.ended,
    calls: a.calls + sign * b.calls,
    cacheHits: a.cacheHits + sign * b.cacheHits,
    models: addCounts(a.models, b.models, sign),
    toolRuns: addCounts(a.toolRuns, b.toolRuns, sign),
  }
}
