import type { Facts } from '../../map/facts/facts.ts'
import { type Node, newNode } from '../model/node.ts'
import type { Trace } from '../model/trace.ts'
import { compareVersions } from './compare-versions.ts'

/**
 * What became of an arrived span or record: `committed` it is part of a run; `unrelated` it is remembered, its trace is
 * nobody's run so far; `duplicate` it was there, or a better version of it; `conflict` another span has its id.
 */
export type ArrivalOutcome = 'committed' | 'unrelated' | 'duplicate' | 'conflict'

/** `fresh` are new nodes, `replaced` known ones that got better facts. An outcome that is null follows from the trace. */
export interface MergedVersions {
  readonly outcomes: (ArrivalOutcome | null)[]
  readonly fresh: Set<Node>
  readonly replaced: Node[]
}

/** Takes arrived facts into the nodes of a trace: new ones, better versions, and those that change nothing. */
export function mergeVersions(trace: Trace, arrivals: readonly Facts[]): MergedVersions {
  const outcomes: (ArrivalOutcome | null)[] = []
  const fresh = new Set<Node>()
  const replaced = new Set<Node>()
  const arrivedAt = new Map<Node, number>()
  arrivals.forEach((facts, i) => {
    const node = trace.nodes.get(facts.id)
    if (node === undefined) {
      const added = newNode(facts)
      trace.nodes.set(facts.id, added)
      fresh.add(added)
      arrivedAt.set(added, i)
      outcomes.push(null)
    } else if (compareVersions(facts, node.facts) <= 0) {
      outcomes.push(lost(facts, node.facts))
    } else {
      // the loser may have come in this very batch, as something new
      if (arrivedAt.has(node)) outcomes[arrivedAt.get(node)!] = lost(node.facts, facts)
      node.facts = facts
      if (!fresh.has(node)) replaced.add(node)
      arrivedAt.set(node, i)
      outcomes.push(null)
    }
  })
  return { outcomes, fresh, replaced: [...replaced] }
}

/**
 * A loser with another name is another span under a used id, as Temporal's TypeScript SDK makes them; but one that has
 * not ended is an earlier look at the same span, which may have been renamed since.
 */
function lost(loser: Facts, winner: Facts): ArrivalOutcome {
  return loser.name === winner.name || loser.open ? 'duplicate' : 'conflict'
}
