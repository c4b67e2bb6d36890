import type { EventLine, RunRows, TaskLine, ToolLine, UsageLine } from '../../transaction/read-run.ts'
import { textTable } from '../text-table.ts'
import type { Account } from './crew.ts'

/** All rows of a run for a terminal, a table each; `title` makes a table's name stand out. */
export function shownRows(rows: RunRows, title: (table: string) => string): string {
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
  const facts = {
    workflow: line.workflow_id,
    user: line.user_id ?? '',
    status: `${line.status} after ${line.duration_ms} ms`,
    query: line.query,
    result: line.result ?? '',
    agents: `${line.agents_used}, tools ${line.tools_invoked}`,
    tokens: `${line.prompt_tokens} in, ${line.completion_tokens} out`,
    cost: dollars(line.cost_nano_usd),
  }
  return Object.entries(facts)
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

/** Exact: nano-dollars have nine digits after the point. */
function dollars(nano: string): string {
  const digits = nano.padStart(10, '0')
  return `$${digits.slice(0, -9)}.${digits.slice(-9)}`
}

/** Where the rows are not what the workflow did, in a sentence each. */
export function differences(did: Account, rows: RunRows): string[] {
  return (Object.keys(did) as (keyof Account)[]).flatMap((table) => {
    const [wanted, found] = [did[table], rows[table]]
    if (wanted.length !== found.length)
      return [`${table}: the workflow did what makes ${wanted.length} rows, there are ${found.length}`]
    return wanted.flatMap((row, i) => different(row, found[i]!).map((what) => `${table}, row ${i + 1}: ${what}`))
  })
}

function different<Row extends object>(wanted: Partial<Row>, found: Row): string[] {
  return (Object.keys(wanted) as (keyof Row)[])
    .filter((column) => wanted[column] !== found[column])
    .map((column) => `${String(column)} is ${text(found[column])}, but it was ${text(wanted[column])}`)
}

function text(value: unknown): string {
  return JSON.stringify(value)
}
