import type { Candidate, Sums } from './share.ts'

/** What one node has added to the share of its workflow, kept so that exactly this can be taken out again. */
export interface NodeContribution {
  readonly workflow: string
  readonly candidates: readonly Candidate[]
  readonly sums: Sums
  /** The name of the agent whose row the node is. */
  readonly agent: string | null
  readonly usage: {
    readonly model: string
    readonly provider: string
    readonly tokens: number
    readonly unpriced: boolean
  } | null
  /** The model of a call of unknown usage; null: the node is none. */
  readonly uncounted: string | null
  /** The names of the tools whose rows the node has. */
  readonly tools: readonly string[]
  /** The id of the durable run that the node reports on. */
  readonly run: string | null
}
