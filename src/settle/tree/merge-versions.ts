import type { Facts } from '../../map/facts/facts.ts'
import { newNode } from '../model/new-node.ts'
import type { Node } from '../model/node.ts'
import { touchNode } from '../model/packed/packed-nodes.ts'
import type { Trace } from '../model/trace.ts'
import { compareVersions } from './compare-versions.ts'

/**
 * What became of an arrived span or record. `committed`: it is part of a run. `unrelated`: it is remembered, but its trace
 * is no run so far. `duplicate`: it was known, or a better version of it. `conflict`: another span has its id. `too-old`: it
 * began before the ledger's retention, and nothing is remembered of its trace.
 */
export type ArrivalOutcome = 'committed' | 'unrelated' | 'duplicate' | 'conflict' | 'too-old'

/** What merging arrived facts into the nodes of a trace has changed. */
export interface MergedVersions {
  /** One for each arrival, in their order; null where the outcome depends on whether the trace is a run. */
  readonly outcomes: (ArrivalOutcome | null)[]
  /** The new nodes. */
  readonly fresh: Node[]
  /** The known nodes that got a better version of their facts, with the version before. */
  readonly replaced: ReadonlyMap<Node, Facts>
}

/** Merges arrived facts into the nodes of a trace: of several versions of one id the best stays (law 2). */
export function mergeVersions(trace: Trace, arrivals: readonly Facts[]): MergedVersions {
  const outcomes: (ArrivalOutcome | null)[] = []
  const fresh: Node[] = []
  const replaced = new Map<Node, Facts>()
  const undecided = new Undecided(arrivals, outcomes)
  for (const facts of arrivals) {
    const node = trace.nodes.get(facts.id)
    if (node === undefined) {
      const added = newNode(facts)
      trace.nodes.set(facts.id, added)
      touchNode(trace.packing, added)
      fresh.push(added)
      outcomes.push(null)
      continue
    }
    if (compareVersions(facts, node.facts) <= 0) {
      outcomes.push(outcomeOfLoser(facts, node.facts))
      continue
    }
    // the version that loses may have arrived earlier in this batch, as something new
    const earlier = undecided.last(facts.id)
    if (earlier === undefined) replaced.set(node, node.facts)
    else outcomes[earlier] = outcomeOfLoser(node.facts, facts)
    node.facts = facts
    outcomes.push(null)
  }
  return { outcomes, fresh, replaced }
}

/** Where in a batch the arrivals are whose outcome is null. A trace that is read as a whole may have each span twice. */
class Undecided {
  readonly #arrivals: readonly Facts[]
  readonly #outcomes: readonly (ArrivalOutcome | null)[]
  readonly #last = new Map<string, number>()
  #indexed = 0

  constructor(arrivals: readonly Facts[], outcomes: readonly (ArrivalOutcome | null)[]) {
    this.#arrivals = arrivals
    this.#outcomes = outcomes
  }

  /** The last one of an id; undefined where there is none. Most batches replace nothing, and are never indexed. */
  last(id: string): number | undefined {
    for (; this.#indexed < this.#outcomes.length; this.#indexed++)
      if (this.#outcomes[this.#indexed] === null) this.#last.set(this.#arrivals[this.#indexed]!.id, this.#indexed)
    return this.#last.get(id)
  }
}

/**
 * A version that loses against one with another name is another span under a used id, as Temporal's TypeScript SDK makes
 * them. A version that has not ended is an earlier state of the same span, which may have been renamed since.
 */
function outcomeOfLoser(loser: Facts, winner: Facts): ArrivalOutcome {
  return loser.name === winner.name || loser.open ? 'duplicate' : 'conflict'
}
