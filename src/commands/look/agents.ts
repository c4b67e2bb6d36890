import { exactUsd } from '../../columns.ts'
import { type AgentSums, readAgents } from '../../queries/sums/tools.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import type { Column } from '../formats/table/column.ts'
import { countText, moneyText } from '../formats/table/human-texts.ts'
import { periodOption, periodText } from '../formats/table/period.ts'
import { printTable } from '../formats/table/print-table.ts'
import { durationColumn, successColumn } from './sum-columns.ts'

const usualPeriod = '7d'

const columns: readonly Column<AgentSums>[] = [
  { name: 'agent', head: 'AGENT', least: 12, value: (row) => row.agent, tone: () => 'strong' },
  { name: 'runs', head: 'RUNS', align: 'right', value: (row) => row.runs, text: (row) => countText(row.runs) },
  successColumn(({ completed, failed }) => ({ succeeded: completed, failed })),
  durationColumn('p50_ms', 'P50', (row) => row.p50_ms),
  durationColumn('p95_ms', 'P95', (row) => row.p95_ms),
  { ...durationColumn<AgentSums>('p99_ms', 'P99', (row) => row.p99_ms), optional: true },
  { name: 'calls', head: 'CALLS', align: 'right', value: (row) => row.calls, text: (row) => countText(row.calls) },
  tokens('prompt_tokens', 'INPUT', (row) => row.prompt_tokens),
  tokens('completion_tokens', 'OUTPUT', (row) => row.completion_tokens),
  {
    name: 'cost_usd',
    head: 'COST',
    align: 'right',
    value: (row) => exactUsd(row.costNano),
    text: (row) => moneyText(row.costNano),
  },
  { name: 'cost_nano_usd', value: (row) => row.costNano.toString() },
  { name: 'completed', value: (row) => row.completed },
  { name: 'failed', value: (row) => row.failed },
]

function tokens(name: string, head: string, value: (row: AgentSums) => number): Column<AgentSums> {
  return { name, head, align: 'right', optional: true, value, text: (row) => countText(value(row)) }
}

/** Shows the agents that ran: how often, how well, how fast, and what their own calls cost. */
export async function run(input: CommandInput): Promise<undefined> {
  const period = periodOption(input, usualPeriod)
  await using database = await openForReading(input, tenantOption(input))
  const rows = await readAgents(database, period)
  printTable(input, {
    columns,
    rows,
    title: `Agents that started ${periodText(period)}, with their own calls, not those of sub-agents`,
    notes: rows.length === 0 ? [`No agent ran in that time in ${database.description}.`] : [],
  })
}
