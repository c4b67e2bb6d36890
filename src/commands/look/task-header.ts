import type { ListedTask } from '../../queries/runs/tasks.ts'
import { escapedText } from '../../terminal-text.ts'
import { costGapsOf, type TaskMetadata } from '../../transaction/read/read-run.ts'
import { costGapsText } from '../formats/cost-gaps.ts'
import type { View } from '../formats/table/column.ts'
import { agoText, countText, durationText, localTime, moneyText } from '../formats/table/human-texts.ts'
import type { Paint } from '../formats/table/terminal/paint.ts'
import { cutToWidth } from '../formats/table/terminal/text-width.ts'
import { toneOfStatus } from './task-columns.ts'

/** A run with its result. */
export type TaskWithResult = ListedTask & { readonly result: string | null }

/** How the lines above a run's tree are written. */
export interface HeaderFace {
  readonly width: number
  readonly view: View
  readonly paint: Paint
}

const labelWidth = 9

/** Writes what a run is, a line each, for people. */
export function taskHeader(task: TaskWithResult, { width, view, paint }: HeaderFace): string {
  const took = task.duration_ms === null ? '' : ` in ${durationText(task.duration_ms)}`
  const status = paint(task.status, toneOfStatus(task.status))
  const head = `${paint(escapedText(task.workflow_id), 'strong')}  ${status}${took}`
  const lines = fieldsOf(task, view).map(([label, text]) => {
    const cut = cutToWidth(escapedText(text), Math.max(20, width - labelWidth), view.unicode ? '…' : '.')
    return `${paint(label.padEnd(labelWidth), 'faint')}${cut}`
  })
  return `${[head, ...lines].join('\n')}\n`
}

function fieldsOf(task: TaskWithResult, view: View): [label: string, text: string][] {
  const started = `${localTime(Date.parse(task.started_at), view.timeZone)} ${view.timeZone}, ${agoText(task.started_at, view)}`
  const fields: readonly (readonly [string, string | null])[] = [
    ['query', task.query],
    ['result', task.result],
    ['error', task.error_message],
    ['user', task.user],
    ['session', task.session_id],
    ['mode', task.mode],
    ['parent', (task.metadata?.parent_workflow_id as string | undefined) ?? null],
    ['started', started],
    ['model', task.model_used],
    ['used', usedText(task)],
    ['tokens', tokensText(task)],
    ['cost', costText(task)],
  ]
  return fields.flatMap(([label, text]) => (text === null || text === '' ? [] : [[label, text]]))
}

function usedText({ agents_used: agents, tools_invoked: tools }: ListedTask): string {
  const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`
  return `${counted(agents ?? 0, 'agent')}, ${counted(tools ?? 0, 'tool run')}`
}

function tokensText(task: ListedTask): string {
  const cached = task.cache_read_tokens ?? 0
  const input = `${countText(task.prompt_tokens ?? 0)} input${cached > 0 ? `, ${countText(cached)} of them cached` : ''}`
  return `${countText(task.total_tokens ?? 0)}: ${input}; ${countText(task.completion_tokens ?? 0)} output`
}

function costText({ total_cost_nano_usd: nano, metadata }: ListedTask): string {
  const gaps = costGapsText(costGapsOf(metadata as TaskMetadata | null))
  return `${moneyText(BigInt(nano))} at API prices${gaps === '' ? '' : `; not in it: ${gaps}`}`
}
