import {
  costGapsOf,
  type EventLine,
  type RunRows,
  type TaskLine,
  type ToolLine,
  type UsageLine,
} from '../../transaction/read/read-run.ts'
import { costGapsText } from '../formats/cost-gaps.ts'
import { textTable } from '../formats/text-table.ts'

/** Writes all rows of a run for a terminal, one table after another. `title` formats a table's name. */
export function rowsText(rows: RunRows, title: (table: string) => string): string {
  const tables: Record<keyof RunRows, string> = {
    task_executions: rows.task_executions.map(task).join(''),
    event_logs: textTable(['after', 'type', 'agent', 'message'], rows.event_logs.map(event)),
    token_usage: textTable(
      ['agent', 'provider', 'model', 'input', 'cached', 'output', 'cost'],
      rows.token_usage.map(call),
    ),
    tool_executions: textTable(['agent', 'tool', 'took', 'success', 'output or error'], rows.tool_executions.map(tool)),
  }
  return Object.entries(tables)
    .map(([table, text]) => `\n${title(table)}\n${text}`)
    .join('')
}

function task(line: TaskLine): string {
  const gaps = costGapsText(costGapsOf(line.metadata))
  const fields = {
    workflow: line.workflow_id,
    user: line.user_id ?? '',
    status: `${line.status} after ${line.duration_ms} ms`,
    query: line.query,
    result: line.result ?? '',
    agents: `${line.agents_used}, tools ${line.tools_invoked}`,
    tokens: `${line.prompt_tokens} in, ${line.completion_tokens} out`,
    cost: dollars(line.cost_nano_usd),
    ...(gaps !== '' && { without: gaps }),
  }
  return Object.entries(fields)
    .map(([name, value]) => `${name.padEnd(8)}  ${value}\n`)
    .join('')
}

function event({ after_ms, type, agent_id, message }: EventLine): string[] {
  return [`${after_ms} ms`, type, agent_id ?? '', message]
}

function call(line: UsageLine): string[] {
  const tokens = [line.prompt_tokens, line.cache_read_tokens, line.completion_tokens]
  return [line.agent_id ?? '', line.provider, line.model, ...tokens.map(String), dollars(line.cost_nano_usd)]
}

function tool({ agent_id, tool_name, duration_ms, success, output, error }: ToolLine): string[] {
  return [agent_id ?? '', tool_name, `${duration_ms} ms`, success ? 'yes' : 'no', error ?? output ?? '']
}

/** Writes nano-dollars as dollars, exactly: with nine digits after the point. */
function dollars(nano: string): string {
  const digits = nano.padStart(10, '0')
  return `$${digits.slice(0, -9)}.${digits.slice(-9)}`
}
