import { exactUsd } from '../../columns.ts'
import { type Amounts, type Measure, measures } from '../../reconcile/amounts.ts'
import type { Reason } from '../../reconcile/reasons/reasons.ts'
import { isWithin, type Tolerance } from '../../reconcile/reasons/tolerance.ts'
import type { Reconciliation } from '../../reconcile/reconcile.ts'

/** The name of each measure in JSON; tokens are numbers, money is decimal text. */
const names: Readonly<Record<Measure, string>> = {
  requests: 'requests',
  input: 'prompt_tokens',
  cache_read: 'cache_read_tokens',
  cache_write: 'cache_creation_tokens',
  output: 'completion_tokens',
  cost: 'cost_usd',
}

/** A comparison as JSON. A measure that the bill does not state is absent. */
export function jsonReport(result: Reconciliation, tolerance: Tolerance): object {
  const { bill, from, to, stated, cells, apart, notes, totals } = result
  const json = (all: Amounts) => amountsJson(all, stated)
  return {
    ...bill,
    period_start: new Date(from).toISOString(),
    period_end: new Date(to).toISOString(),
    within_tolerance: cells.every((cell) => isWithin(cell, tolerance)),
    totals: {
      bill: json(totals.bill),
      ledger: json(totals.ledger),
      difference: json(totals.difference),
      unexplained: json(totals.unexplained),
    },
    cells: cells.map((cell) => ({
      period: cell.place.period,
      model: cell.place.model,
      ...Object.fromEntries(result.groups.map((group, i) => [group, cell.place.groups[i] ?? null])),
      within_tolerance: isWithin(cell, tolerance),
      bill: amountsJson(cell.bill, cell.stated),
      ledger: amountsJson(cell.ledger, cell.stated),
      difference: amountsJson(cell.difference, cell.stated),
      reasons: cell.reasons.map((reason) => reasonJson(reason, cell.stated)),
      unexplained: amountsJson(cell.unexplained, cell.stated),
    })),
    apart: apart.map(({ why, label, amounts }) => ({
      why,
      label,
      cost_usd: exactUsd(amounts.cost),
      requests: Number(amounts.requests),
    })),
    notes,
  }
}

function reasonJson({ code, amounts, proof, close }: Reason, stated: readonly Measure[]): object {
  return { code, ...amountsJson(amounts, stated), proof, ...(close !== undefined && { close }) }
}

function amountsJson(all: Amounts, stated: readonly Measure[]): Record<string, number | string> {
  return Object.fromEntries(
    measures
      .filter((measure) => stated.includes(measure))
      .map((measure) => [names[measure], measure === 'cost' ? exactUsd(all.cost) : Number(all[measure])]),
  )
}
