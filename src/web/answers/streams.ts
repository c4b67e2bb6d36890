import type { RunEventRow } from '../../queries/rows/event-rows.ts'
import type { RunRow, RunStatus } from '../../queries/rows/run-rows.ts'
import type { Columnar } from './common.ts'
import type { HealthSummary } from './health.ts'

/** GET /api/workflows/{id}/events?after_seq=&limit= */
export interface EventsAnswer extends Columnar<RunEventRow> {
  readonly workflow_id: string
  readonly status: RunStatus
  /** For the next `after_seq`. */
  readonly seq: string
  readonly more: boolean
  readonly sql: string
}

/**
 * The same as a stream (`Accept: text/event-stream`). `id:` is the seq up to which everything was sent, and `Last-Event-ID` goes on
 * from there. An event id that comes again with a higher seq has moved within the run.
 */
export interface EventStream {
  /** `event: event` */
  readonly event: RunEventRow
  /** `event: moved`: what was shown as `from_seq` is now in another place, or in another run. */
  readonly moved: {
    readonly id: string
    readonly from_seq: string
    readonly workflow_id: string
    readonly to_seq: string
  }
  /** `event: withdrawn`: no event has these numbers any more, both ends included. */
  readonly withdrawn: { readonly seqs: readonly (readonly [from: string, to: string])[] }
  /** `event: run`: the run's row has changed. */
  readonly run: RunRow
  /** `event: end`: the run has ended, and everything was sent. A late span can open it again. */
  readonly end: { readonly status: RunStatus; readonly seq: string }
}

/** GET /api/live: a stream. */
export interface LiveStream {
  /** `event: runs`: rows that are new or have changed; at most ten messages a second. */
  readonly runs: Columnar<RunRow> & { readonly removed: readonly string[] }
  /** `event: health` */
  readonly health: HealthSummary
}
