import type { RunRow, RunStatus } from '../../queries/rows/run-rows.ts'
import type { Columnar } from './common.ts'

/** GET /api/runs */
export interface RunsAnswer extends Columnar<RunRow> {
  /** For `after` of the next page; null on the last one. */
  readonly next: string | null
  /** For `before` of the page before; null on the first one. */
  readonly previous: string | null
  /** Whether rows follow this page. */
  readonly more: boolean
  /** All rows that match, counted up to 1000. */
  readonly count: number
  /** Whether there are more than `count`: `1,000+`. */
  readonly count_is_least: boolean
  /** Runs that began earlier were not looked at, since no time was named; null where all were. */
  readonly bounded_since: string | null
  readonly sql: string
}

/** A run's name and state, as a link. */
export interface RunLink {
  readonly workflow_id: string
  readonly status: RunStatus
  readonly query: string
  readonly started_at: string
  readonly duration_ms: number | null
  readonly total_tokens: number
  readonly cost_nano_usd: string
}

/** POST /api/workflows/{id}/close */
export interface CloseAnswer {
  readonly workflow_id: string
  readonly status: RunStatus
}
