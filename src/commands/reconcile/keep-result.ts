import { messageOf } from '../../errors.ts'
import { reconcileStatement } from '../../reconcile/ledger/read-ledger.ts'
import { isWithin, type Tolerance } from '../../reconcile/reasons/tolerance.ts'
import type { Reconciliation } from '../../reconcile/reconcile.ts'
import type { Database } from '../../store/database.ts'
import { jsonReport } from './report-json.ts'

/** A comparison that is to be kept. */
export interface KeptResult {
  readonly id: string
  readonly result: Reconciliation
  readonly tolerance: Tolerance
}

/** Keeps the result of a comparison. A role that may only read keeps none, and says so. */
export async function keepResult(
  database: Database,
  { id, result, tolerance }: KeptResult,
  writeError: (text: string) => void,
): Promise<void> {
  const { bill, from, to, totals, cells } = result
  const values = [id, bill.format, bill.files.join(', '), from, to]
  const sums = [totals.bill.cost, totals.ledger.cost, totals.unexplained.cost].map(String)
  const isAllWithin = cells.every((cell) => isWithin(cell, tolerance))
  const json = JSON.stringify(jsonReport(result, tolerance))
  try {
    await database.transaction((session) =>
      session.query(reconcileStatement('add_reconciliation'), [...values, ...sums, isAllWithin, json]),
    )
  } catch (error) {
    writeError(`The result is not kept for --history: ${messageOf(error)}\n`)
  }
}
