import type { CallCosts, UnpricedModel } from '../../queries/rows/report-rows.ts'
import type { CostDimension } from '../../queries/sums/cost-dimensions.ts'
import type { Columnar } from './common.ts'

/** What costs can be asked by: a credential sees one tenant. */
export type CostBy = Exclude<CostDimension, 'tenant'>

/** What the calls (or, by mode, the runs) of one value came to. */
export interface CostRow extends Omit<CallCosts, 'day'> {
  /** null where calls are summed up. */
  readonly runs: number | null
  /** Of the period before; null where it isn't asked for. */
  readonly previous_cost_nano_usd: string | null
}

/** A sum over the rows of a cost table. */
export type CostTotals = Omit<CostRow, 'key'>

/** GET /api/cost?by=&since=&until=&compare=1 */
export interface CostAnswer extends Columnar<CostRow> {
  readonly by: CostBy
  readonly since: string
  readonly until: string
  readonly previous_since: string | null
  readonly of: 'calls' | 'runs'
  readonly totals: CostTotals
  /** Models whose calls have no known price. */
  readonly unpriced: readonly UnpricedModel[]
  readonly sql: string
}

/** GET /api/cost/series?by=&since=&until= : a line for each of the dearest values, and `other`. */
export interface CostSeriesAnswer {
  readonly by: CostBy
  readonly since: string
  readonly until: string
  /** Days in UTC, YYYY-MM-DD. */
  readonly days: readonly string[]
  readonly series: readonly {
    /** null: those that state none. */
    readonly key: string | null
    /** Whether it is what the others, which aren't shown apart, came to. */
    readonly other: boolean
    /** By day. */
    readonly cost_nano_usd: readonly string[]
    readonly tokens: readonly number[]
    readonly calls: readonly number[]
  }[]
  /** By day: the sum over the series. */
  readonly totals: {
    readonly cost_nano_usd: readonly string[]
    readonly tokens: readonly number[]
    readonly calls: readonly number[]
  }
  readonly sql: string
}

/** A comparison of the ledger with a provider's bill. */
export interface ReconciliationRow {
  readonly id: string
  readonly reconciled_at: string
  readonly format: string
  readonly files: string
  readonly period_start: string
  readonly period_end: string
  readonly bill_nano_usd: string
  readonly ledger_nano_usd: string
  /** `bill` − `ledger`. */
  readonly difference_nano_usd: string
  readonly unexplained_nano_usd: string
  readonly within_tolerance: boolean
  /** They and `unexplained` sum to the difference. */
  readonly reasons: readonly { readonly code: string; readonly text: string; readonly nano_usd: string }[]
}

/** GET /api/reconciliations: the latest first. `last` has the latest one of each format. */
export interface ReconciliationsAnswer extends Columnar<ReconciliationRow> {
  readonly last: readonly ReconciliationRow[]
  readonly sql: string
}
