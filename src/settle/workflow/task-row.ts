import { durationMs, largestCostNano, largestInteger, saturate } from '../../columns.ts'
import type { EventFact } from '../../map/facts/facts.ts'
import { namedId, taskId } from '../model/ids.ts'
import { type CostGap, costGapsIn } from '../share/cost-gaps.ts'
import type { ShareField } from '../share/fields.ts'
import type { Counts, Share } from '../share/share.ts'
import { laterOf } from '../share/times.ts'
import { unknownName } from '../usage/usage-row.ts'
import { decideStatus, type StatusDecision, startOfTask, type TaskStatus } from './task-status.ts'

/** A row of task_executions. `user` is the user's id as spans name it. Counters are limited to the size of their columns. */
export interface TaskRow {
  readonly id: string
  readonly workflow: string
  readonly user: string | null
  readonly tenantId: string | null
  readonly session: string | null
  readonly query: string
  readonly mode: string | null
  readonly status: TaskStatus
  readonly startedNs: bigint
  readonly completedNs: bigint | null
  readonly result: string | null
  readonly error: string | null
  readonly prompt: number
  readonly completion: number
  readonly total: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly costNano: bigint
  readonly durationMs: number | null
  readonly agents: number
  readonly tools: number
  readonly cacheHits: number
  readonly complexity: number | null
  /** JSON text. */
  readonly metadata: string
  readonly model: string | null
  readonly provider: string | null
}

/** Makes the row of a task from the folded shares of its workflow. */
export function taskRow(workflow: string, share: Share): TaskRow {
  const { sums } = share
  const decision = decideStatus(share)
  const { status } = decision
  const startedNs = startOfTask(share)
  const completedNs = decision.endNs === null ? null : laterOf(startedNs, decision.endNs)
  return {
    id: taskId(workflow),
    workflow,
    user: text(share, 'user'),
    tenantId: text(share, 'tenantId'),
    session: text(share, 'session'),
    query: text(share, 'query') ?? '',
    mode: text(share, 'mode'),
    status,
    startedNs,
    completedNs,
    result: resultOf(decision, share),
    error: status === 'FAILED' ? (decision.error ?? text(share, 'error') ?? noReason(decision)) : null,
    prompt: saturate(sums.prompt),
    completion: saturate(sums.completion),
    total: saturate(sums.prompt + sums.completion),
    cacheRead: saturate(sums.cacheRead),
    cacheWrite: saturate(sums.cacheWrite),
    costNano: sums.costNano,
    durationMs: completedNs === null ? null : durationMs(startedNs, completedNs),
    agents: share.agents.size,
    tools: saturate(sums.tools),
    cacheHits: saturate(sums.cacheHits),
    complexity: text(share, 'complexity') === null ? null : Number(text(share, 'complexity')),
    metadata: JSON.stringify(metadataOf(share, decision)),
    model: known(greatest(share.models)) ?? greatest(share.uncounted) ?? greatest(share.models),
    provider: greatest(share.providers),
  }
}

function text({ best }: Share, field: ShareField): string | null {
  return best.get(field)?.value ?? null
}

/** The types of the events of a task: that of its start, and one for each status in which it ends. */
const eventTypes = ['task.started', 'task.completed', 'task.failed', 'task.cancelled']

/** The ids of all events that a task can have. */
export function taskEventIds(task: string): string[] {
  return eventTypes.map((type) => namedId(type, task))
}

/** The first and last event of a task. Their ids derive from the workflow, so each exists once. */
export function taskEvents(task: TaskRow): { readonly id: string; readonly fact: EventFact }[] {
  const event = (type: string, message: string, timeNs: bigint, payload: object) => ({
    id: namedId(type, task.id),
    fact: { type, message, payload: JSON.stringify(payload), timeNs },
  })
  const started = event('task.started', 'Task started', task.startedNs, {})
  if (task.completedNs === null) return [started]
  const payload = { duration_ms: task.durationMs, ...(task.error === null ? {} : { error: task.error }) }
  return [started, event(`task.${task.status.toLowerCase()}`, endMessage(task), task.completedNs, payload)]
}

function endMessage({ status, error }: TaskRow): string {
  if (status === 'FAILED') return `Task failed: ${error}`
  return status === 'CANCELLED' ? 'Task cancelled' : 'Task completed'
}

/**
 * The result of a task. A run that failed or was cancelled has one only if the span that decides the status states it:
 * the last answer of a model is no result then.
 */
function resultOf({ status, node }: StatusDecision, { best }: Share): string | null {
  const result = best.get('result')
  if (result === undefined) return null
  return status === 'COMPLETED' || (status !== 'RUNNING' && result.node === node) ? result.value : null
}

function noReason({ close }: StatusDecision): string {
  return close === undefined
    ? 'the run ended with an error and says no more'
    : 'the run was closed, and never said how it ended'
}

function metadataOf(share: Share, { close }: StatusDecision): Record<string, unknown> {
  const { sums, best } = share
  const gaps = costGapsIn(share)
  const unpriced = gaps.filter(({ why }) => why === 'unpriced')
  const uncounted = gaps.filter(({ why }) => why === 'uncounted')
  const saturated = [
    ...(sums.prompt + sums.completion > largestInteger ? ['total_tokens'] : []),
    ...(sums.costNano > largestCostNano ? ['total_cost_usd'] : []),
  ]
  return {
    ...(best.has('workflowName') && { workflow_name: best.get('workflowName')!.value }),
    ...(best.has('parentWorkflow') && { parent_workflow_id: best.get('parentWorkflow')!.value }),
    ...(best.has('service') && { service: best.get('service')!.value }),
    ...(sums.unaccounted > 0 && { unaccounted_tokens: sums.unaccounted }),
    ...(sums.unpriced > 0 && { unpriced_calls: sums.unpriced }),
    ...(unpriced.length > 0 && { unpriced_models: byModel(unpriced) }),
    ...(uncounted.length > 0 && { uncounted_calls: callsOf(uncounted), uncounted_models: byModel(uncounted) }),
    ...(sums.cutOff > 0 && { calls_cut_off: sums.cutOff }),
    ...(saturated.length > 0 && { saturated }),
    ...(close !== undefined && { closed: { status: close.status, reason: close.reason } }),
  }
}

function known(name: string | null): string | null {
  return name === unknownName ? null : name
}

/** The calls of each model, and their tokens where they are known. */
function byModel(gaps: readonly CostGap[]): Record<string, { calls: number; tokens?: number }> {
  return Object.fromEntries(
    gaps.map(({ why, model, calls, tokens }) => [model, why === 'unpriced' ? { calls, tokens } : { calls }]),
  )
}

function callsOf(gaps: readonly CostGap[]): number {
  return gaps.reduce((sum, { calls }) => sum + calls, 0)
}

/** The name with the greatest count; of equal counts the smaller name. A known name goes before an unknown one. */
function greatest(counts: Counts): string | null {
  const isBetter = (one: [string, number], other: [string, number]) => {
    if ((one[0] === unknownName) !== (other[0] === unknownName)) return other[0] === unknownName
    return one[1] > other[1] || (one[1] === other[1] && one[0] < other[0])
  }
  let best: [string, number] | undefined
  for (const entry of counts) if (best === undefined || isBetter(entry, best)) best = entry
  return best?.[0] ?? null
}
