import type { AgentRunRow, CallRow, CallSums, ModelSums, Retry } from '../../queries/rows/call-rows.ts'
import type { RunRow } from '../../queries/rows/run-rows.ts'
import type { Columnar } from './common.ts'
import type { RunLink } from './runs.ts'

/** GET /api/workflows/{id} */
export interface RunAnswer {
  readonly run: RunRow & {
    readonly result: string | null
    /** The whole query, at most 20,000 characters. */
    readonly query: string
    readonly error_message: string | null
    readonly metadata: Readonly<Record<string, unknown>>
  }
  readonly tenant: string
  /** The number of its last event; events after it come by `events?after_seq=`. */
  readonly seq: string
  /** Over all rows of the run in `token_usage`; equal to the sums in `run`. */
  readonly sums: CallSums
  readonly by_model: readonly ModelSums[]
  /** The first 1,000 counted calls, by their end. */
  readonly calls: Columnar<CallRow>
  readonly calls_more: boolean
  /** The parts of the costs of `calls` (`token_usage.cost_parts`), in the order in which a bill has them. */
  readonly cost_parts: readonly string[]
  readonly agents: readonly AgentRunRow[]
  readonly parent: RunLink | null
  /** The parent's id where that run is not known here. */
  readonly parent_workflow_id: string | null
  readonly children: readonly RunLink[]
  readonly siblings: readonly RunLink[]
  readonly relatives_more: boolean
  /** Tool runs that took more than one attempt. */
  readonly retries: readonly Retry[]
  /** Other runs of its session, the latest first. */
  readonly session: readonly RunLink[]
  readonly sql: string
}
