import { exactUsd } from '../../columns.ts'
import { dayText } from '../../reconcile/bill.ts'
import { type KeptReconciliation, listReconciliations } from '../../reconcile/ledger/read-history.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import type { Column } from '../formats/table/column.ts'
import { jsonRow, printTable } from '../formats/table/print-table.ts'
import { percentOf } from './percent.ts'

const mostShown = 1000

const columns: readonly Column<KeptReconciliation>[] = [
  {
    name: 'reconciled_at',
    head: 'COMPARED AT',
    value: ({ at }) => at.toISOString(),
    text: ({ at }) => at.toISOString().slice(0, 16).replace('T', ' '),
  },
  {
    name: 'period_start',
    head: 'FROM',
    value: ({ from }) => from.toISOString(),
    text: ({ from }) => dayText(from.getTime()),
  },
  { name: 'period_end', head: 'TO', value: ({ to }) => to.toISOString(), text: ({ to }) => dayText(to.getTime() - 1) },
  { name: 'format', head: 'FORMAT', least: 8, value: ({ format }) => format },
  money('bill_usd', 'BILL', ({ bill }) => BigInt(bill)),
  money('ledger_usd', 'LEDGER', ({ ledger }) => BigInt(ledger), true),
  money('difference_usd', 'DIFFERENCE', ({ bill, ledger }) => BigInt(bill) - BigInt(ledger)),
  {
    name: 'difference_percent',
    head: '%',
    align: 'right',
    value: ({ bill, ledger }) => percentOf(BigInt(bill) - BigInt(ledger), BigInt(bill)),
  },
  money('unexplained_usd', 'UNEXPLAINED', ({ unexplained }) => BigInt(unexplained), true),
  {
    name: 'within_tolerance',
    head: 'WITHIN',
    value: ({ isWithin }) => isWithin,
    text: ({ isWithin }) => (isWithin ? 'yes' : 'no'),
    tone: ({ isWithin }) => (isWithin ? 'good' : 'bad'),
  },
  { name: 'files', value: ({ files }) => files },
  { name: 'id', value: ({ id }) => id },
]

function money(
  name: string,
  head: string,
  nano: (row: KeptReconciliation) => bigint,
  optional?: true,
): Column<KeptReconciliation> {
  return { name, head, align: 'right', value: (row) => exactUsd(nano(row)), ...(optional && { optional }) }
}

/** Lists what earlier comparisons have found: the error over time. */
export async function showHistory(input: CommandInput): Promise<undefined> {
  await using database = await openForReading(input, tenantOption(input))
  const rows = await listReconciliations(database, mostShown)
  if (input.switches.has('json'))
    return input.write(
      `${JSON.stringify(
        rows.map((row) => jsonRow(columns, row)),
        null,
        2,
      )}\n`,
    )
  const notes = rows.length === 0 ? ['Nothing has been compared yet.'] : []
  printTable(input, { columns, rows, title: 'What comparisons have found, the latest first (days in UTC)', notes })
}
