import { absolute } from '../../reconcile/amounts.ts'
import { dayOf } from '../../reconcile/bill.ts'
import { exactDollars } from '../../reconcile/decimal.ts'
import { reconcileStatement } from '../../reconcile/read-ledger.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import { alignedTable } from './aligned-table.ts'

interface KeptReconciliation {
  readonly id: string
  readonly at: Date
  readonly format: string
  readonly files: string
  readonly from: Date
  readonly to: Date
  readonly bill: string
  readonly ledger: string
  readonly unexplained: string
  readonly isWithin: boolean
}

const mostShown = 1000

/** Lists what earlier comparisons have found: the error over time. */
export async function showHistory(input: CommandInput): Promise<undefined> {
  const { switches, write } = input
  await using database = await openForReading(input, tenantOption(input))
  const kept = await database.transaction((session) =>
    session.query<KeptReconciliation>(reconcileStatement('list_reconciliations'), [mostShown]),
  )
  if (switches.has('json')) return write(`${JSON.stringify(kept.map(jsonOf), null, 2)}\n`)
  if (kept.length === 0) return write('Nothing has been compared yet.\n')
  const heads = ['compared at', 'from', 'to', 'format', 'bill', 'ledger', 'difference', '%', 'unexplained', 'within']
  write(alignedTable(heads, kept.map(lineOf)))
}

function lineOf({ at, from, to, format, bill, ledger, unexplained, isWithin }: KeptReconciliation): string[] {
  const difference = BigInt(bill) - BigInt(ledger)
  return [
    at.toISOString().slice(0, 19).concat('Z'),
    dayOf(from.getTime()),
    dayOf(to.getTime() - 1),
    format,
    exactDollars(BigInt(bill)),
    exactDollars(BigInt(ledger)),
    exactDollars(difference),
    percentOf(difference, BigInt(bill)),
    exactDollars(BigInt(unexplained)),
    isWithin ? 'yes' : 'no',
  ]
}

function jsonOf({ id, at, from, to, format, files, bill, ledger, unexplained, isWithin }: KeptReconciliation) {
  return {
    id,
    reconciled_at: at.toISOString(),
    format,
    files,
    period_start: from.toISOString(),
    period_end: to.toISOString(),
    bill_usd: exactDollars(BigInt(bill)),
    ledger_usd: exactDollars(BigInt(ledger)),
    unexplained_usd: exactDollars(BigInt(unexplained)),
    within_tolerance: isWithin,
  }
}

/** The part of a whole in percent, with two digits: `-0.50`. */
export function percentOf(part: bigint, whole: bigint): string {
  if (whole === 0n) return part === 0n ? '0.00' : ''
  const hundredths = (part * 10_000n) / absolute(whole)
  const digits = absolute(hundredths).toString().padStart(3, '0')
  return `${hundredths < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}
