import { readTools, type ToolSums } from '../../queries/sums/tools.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import type { Column } from '../formats/table/column.ts'
import { agoText, countText } from '../formats/table/human-texts.ts'
import { periodOption, periodText } from '../formats/table/period.ts'
import { printTable } from '../formats/table/print-table.ts'
import { durationColumn, successColumn } from './sum-columns.ts'

const usualPeriod = '7d'

const columns: readonly Column<ToolSums>[] = [
  { name: 'tool', head: 'TOOL', least: 12, value: (row) => row.tool, tone: () => 'strong' },
  { name: 'calls', head: 'CALLS', align: 'right', value: (row) => row.calls, text: (row) => countText(row.calls) },
  successColumn((row) => row),
  { name: 'failed', head: 'FAILED', align: 'right', value: (row) => row.failed, tone: toneOfFailures },
  durationColumn('p50_ms', 'P50', (row) => row.p50_ms),
  durationColumn('p95_ms', 'P95', (row) => row.p95_ms),
  durationColumn('p99_ms', 'P99', (row) => row.p99_ms),
  {
    name: 'last_failed_at',
    head: 'LAST FAILED',
    value: (row) => row.last_failed_at,
    text: (row, view) => agoText(row.last_failed_at, view),
    tone: () => 'faint',
    optional: true,
  },
  { name: 'last_error', head: 'LAST ERROR', least: 10, value: (row) => row.last_error, tone: () => 'bad' },
  { name: 'succeeded', value: (row) => row.succeeded },
]

function toneOfFailures({ failed }: ToolSums): 'bad' | undefined {
  return failed > 0 ? 'bad' : undefined
}

/** Shows the tools that were used: how often, how well, how fast, and how they failed last. */
export async function run(input: CommandInput): Promise<undefined> {
  const period = periodOption(input, usualPeriod)
  await using database = await openForReading(input, tenantOption(input))
  const rows = await readTools(database, period)
  printTable(input, {
    columns,
    rows,
    title: `Tool runs that ended ${periodText(period)}`,
    notes: rows.length === 0 ? [`No tool was used in that time in ${database.description}.`] : [],
  })
}
