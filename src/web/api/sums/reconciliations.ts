import { z } from 'zod'
import { readReconciliations } from '../../../reconcile/ledger/read-history.ts'
import { reasonCodes } from '../../../reconcile/reasons/reasons.ts'
import type { ReconciliationRow, ReconciliationsAnswer } from '../../answers/costs.ts'
import { type AnyRoute, apiRoute } from '../../api-route.ts'
import { columnar } from '../../schemas/columns.ts'
import { reconciliationRow, reconciliationsSchema } from '../../schemas/report-schemas.ts'

const mostShown = 200

/** Lists how bills and the ledger differed. */
export const reconciliationsRoute: AnyRoute = apiRoute<object, unknown, ReconciliationsAnswer>({
  method: 'GET',
  path: '/api/reconciliations',
  name: 'reconciliations',
  summary: 'Lists what comparisons with bills have found, the latest first, and the last one of each format.',
  scopes: ['read'],
  query: z.strictObject({}),
  answer: reconciliationsSchema,
  async read({ database }) {
    const { rows, sql } = await readReconciliations(database, mostShown)
    const all = rows.map(
      ({ at, from, to, bill, ledger, unexplained, isWithin, reasons, ...of }): ReconciliationRow => ({
        ...of,
        reconciled_at: at.toISOString(),
        period_start: from.toISOString(),
        period_end: to.toISOString(),
        bill_nano_usd: bill,
        ledger_nano_usd: ledger,
        difference_nano_usd: (BigInt(bill) - BigInt(ledger)).toString(),
        unexplained_nano_usd: unexplained,
        within_tolerance: isWithin,
        reasons: [...reasons].map(([code, nano]) => ({
          code,
          text: reasonCodes[code as keyof typeof reasonCodes] ?? code,
          nano_usd: nano.toString(),
        })),
      }),
    )
    const last = new Map(all.toReversed().map((row) => [row.format, row]))
    return { ...columnar(reconciliationRow, all), last: [...last.values()], sql }
  },
})
