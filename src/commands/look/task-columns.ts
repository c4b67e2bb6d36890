import { exactUsd } from '../../columns.ts'
import type { ListedTask } from '../../queries/runs/tasks.ts'
import type { Column, Tone } from '../formats/table/column.ts'
import { agoText, countText, durationText, moneyText } from '../formats/table/human-texts.ts'

const tones: Readonly<Record<string, Tone>> = { COMPLETED: 'good', FAILED: 'bad', RUNNING: 'busy', CANCELLED: 'faint' }

/** The tone of a run's status. */
export function toneOfStatus(status: string): Tone | undefined {
  return tones[status]
}

/** The columns of a list of runs, by the names of `task_executions`. */
export const taskColumns: readonly Column<ListedTask>[] = [
  { name: 'status', head: 'STATUS', value: (task) => task.status, tone: (task) => toneOfStatus(task.status) },
  { name: 'workflow_id', head: 'WORKFLOW', least: 12, value: (task) => task.workflow_id, tone: () => 'strong' },
  { name: 'query', head: 'QUERY', least: 16, value: (task) => task.query },
  { name: 'user', head: 'USER', least: 8, optional: true, value: (task) => task.user },
  {
    name: 'started_at',
    head: 'STARTED',
    value: (task) => task.started_at,
    text: (task, view) => agoText(task.started_at, view),
    tone: () => 'faint',
  },
  {
    name: 'duration_ms',
    head: 'DURATION',
    align: 'right',
    value: (task) => task.duration_ms,
    text: (task) => durationText(task.duration_ms),
  },
  {
    name: 'total_tokens',
    head: 'TOKENS',
    align: 'right',
    value: (task) => task.total_tokens,
    text: (task) => countText(task.total_tokens ?? 0),
  },
  {
    name: 'total_cost_usd',
    head: 'COST',
    align: 'right',
    value: (task) => exactUsd(BigInt(task.total_cost_nano_usd)),
    text: (task) => `${moneyText(BigInt(task.total_cost_nano_usd))}${hasCostGaps(task) ? '+' : ''}`,
  },
  { name: 'total_cost_nano_usd', value: (task) => task.total_cost_nano_usd },
  { name: 'prompt_tokens', value: (task) => task.prompt_tokens },
  { name: 'completion_tokens', value: (task) => task.completion_tokens },
  { name: 'cache_read_tokens', value: (task) => task.cache_read_tokens },
  { name: 'cache_creation_tokens', value: (task) => task.cache_creation_tokens },
  { name: 'model_used', value: (task) => task.model_used },
  { name: 'provider', value: (task) => task.provider },
  { name: 'session_id', value: (task) => task.session_id },
  { name: 'mode', value: (task) => task.mode },
  { name: 'completed_at', value: (task) => task.completed_at },
  { name: 'agents_used', value: (task) => task.agents_used },
  { name: 'tools_invoked', value: (task) => task.tools_invoked },
  { name: 'error_message', value: (task) => task.error_message },
  { name: 'metadata', value: (task) => task.metadata as never },
  { name: 'id', value: (task) => task.id },
  { name: 'created_at', value: (task) => task.created_at },
]

/** Whether calls are missing in a run's sums of money: they have no price, or nothing says what they used. */
export function hasCostGaps({ metadata }: Pick<ListedTask, 'metadata'>): boolean {
  return metadata !== null && ('unpriced_calls' in metadata || 'uncounted_calls' in metadata)
}
