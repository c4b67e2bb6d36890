import { largestBigint } from '../../../columns.ts'
import type { Facts } from '../../../map/facts/facts.ts'
import type { Node } from '../node.ts'

/** Whether a span or record says when it was. Some clients leave out both start and end of a span. */
export function hasTimes({ startNs, endNs }: Facts): boolean {
  return startNs !== 0n || endNs !== 0n
}

/** The nearest ancestor that says when it was, for a node that doesn't; null for all other nodes. */
export function timedAboveOf({ facts, parent }: Node): Node | null {
  if (parent === null || hasTimes(facts)) return null
  return hasTimes(parent.facts) ? parent : parent.inherited.timedAbove
}

/** Start and end in nanoseconds. */
export interface Times {
  readonly startNs: bigint
  readonly endNs: bigint
}

/** When a node was, as far as its rows say it: a node without times was within its nearest ancestor that has times. */
export function timesOf({ facts, inherited }: Node): Times {
  return hasTimes(facts) ? facts : (inherited.timedAbove?.facts ?? facts)
}

/** The start by which a node's values are compared with those of others; without any time they are the last. */
export function orderedStart(node: Node): bigint {
  const times = timesOf(node)
  return times === node.facts && !hasTimes(node.facts) ? largestBigint : times.startNs
}
