import type { Facts } from '../../map/facts/facts.ts'
import type { Trace } from '../../settle/model/trace.ts'
import type { MovePart } from './moves.ts'

/** A trace that this transaction has locked, as the database has it now, and the facts that arrived for it. */
export interface LockedTrace {
  readonly trace: Trace
  /** Counts the transactions that have written to the trace, this one included. */
  readonly version: number
  readonly epoch: string
  /** The version of the rules by which the rows of the trace were last settled. */
  readonly rules: number
  /** Other rules have made the rows of the trace, so all rows of its workflows are written again. */
  readonly isOutdated?: boolean
  /** When the server that has the row of the trace was started. */
  readonly server: string
  /** Empty for a trace that is locked because it has rows of the same calls as another one. */
  readonly arrivals: readonly Facts[]
  /** The nodes whose rows this transaction moves, for a trace of which a large move is under way. */
  readonly part?: MovePart
  /** What arrived of spans and records that were forgotten: as good as known ones. */
  readonly forgotten?: readonly Facts[]
  /** What arrived of before the ledger's retention. */
  readonly tooOld?: readonly Facts[]
}
