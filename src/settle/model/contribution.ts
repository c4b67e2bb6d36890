import { noSums, type Sums } from '../share/share.ts'
import type { ToolRow, UsageRow } from './rows.ts'

/**
 * What one node has added to the share of its workflow, kept so that exactly this can be taken out again. What it has
 * offered for the fields of its task is found in the share, by the node.
 */
export interface NodeContribution {
  readonly workflow: string
  /** The name of the agent whose row the node is. */
  readonly agent: string | null
  readonly usage: UsageRow | null
  readonly tools: readonly ToolRow[]
  /** A call without a response id whose parent has not arrived: it may be a report of a call that is counted elsewhere. */
  readonly isCutOff: boolean
  /** Tokens that an aggregate reports and no call below it accounts for. */
  readonly unaccounted: number
  /** The model of a call of unknown usage; null: the node is none. */
  readonly uncounted: string | null
  /** The id of the durable run that the node reports on. */
  readonly run: string | null
}

/** What a contribution adds to the sums of its share. */
export function sumsOfContribution({ usage, tools, isCutOff, unaccounted }: NodeContribution): Sums {
  if (usage === null && tools.length === 0 && unaccounted === 0) return noSums
  return {
    prompt: usage?.prompt ?? 0,
    completion: usage?.completion ?? 0,
    cacheRead: usage?.cacheRead ?? 0,
    cacheWrite: usage?.cacheWrite ?? 0,
    costNano: usage?.costNano ?? 0n,
    calls: usage === null ? 0 : 1,
    cacheHits: usage?.cacheHit ? 1 : 0,
    unpriced: usage?.unpriced ? 1 : 0,
    cutOff: isCutOff ? 1 : 0,
    unaccounted,
    tools: tools.length,
  }
}
