import type { Database } from '../../store/database.ts'
import { reconcileStatement } from './read-ledger.ts'

/** What a comparison has found, as it is kept. Money is whole nano-dollars, as text. */
export interface KeptReconciliation {
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

/** Comparisons with the sums of their reasons by code, in nano-dollars, and the statement that reads them. */
export interface ReconciliationHistory {
  readonly rows: readonly (KeptReconciliation & { readonly reasons: ReadonlyMap<string, bigint> })[]
  readonly sql: string
}

/** Lists what comparisons have found, the latest first. */
export function listReconciliations(database: Database, most: number): Promise<KeptReconciliation[]> {
  return database.transaction((session) =>
    session.query<KeptReconciliation>(reconcileStatement('list_reconciliations'), [most]),
  )
}

/** Reads what comparisons have found, the latest first, with what their reasons come to. */
export async function readReconciliations(database: Database, most: number): Promise<ReconciliationHistory> {
  const rows = await listReconciliations(database, most)
  const results = await database.transaction((session) =>
    session.query<{ id: string; result: string }>(reconcileStatement('reconciliation_results'), [
      rows.map(({ id }) => id),
    ]),
  )
  const reasons = new Map(results.map(({ id, result }) => [id, reasonsIn(result)]))
  const sql = reconcileStatement('list_reconciliations').replace(/^(--[^\n]*\n)+/, '')
  return {
    rows: rows.map((row) => ({ ...row, reasons: reasons.get(row.id) ?? new Map() })),
    sql: sql.trim().replace('$1', String(most)),
  }
}

interface KeptResult {
  readonly cells?: readonly { readonly reasons?: readonly { readonly code: string; readonly cost_usd?: string }[] }[]
}

function reasonsIn(result: string): Map<string, bigint> {
  const { cells = [] } = JSON.parse(result) as KeptResult
  const sums = new Map<string, bigint>()
  for (const { code, cost_usd: usd = '0' } of cells.flatMap(({ reasons = [] }) => reasons))
    sums.set(code, (sums.get(code) ?? 0n) + nanoOf(usd))
  return sums
}

/** Dollars as decimal text, in whole nano-dollars. */
function nanoOf(usd: string): bigint {
  const [whole = '0', part = ''] = usd.replace('-', '').split('.')
  const nano = BigInt(whole) * 1_000_000_000n + BigInt(part.padEnd(9, '0').slice(0, 9))
  return usd.startsWith('-') ? -nano : nano
}
