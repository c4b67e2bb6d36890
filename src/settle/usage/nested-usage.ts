import type { Usage } from '../../map/facts/facts.ts'
import { changedUsage } from '../model/new-node.ts'
import { classIndex, isBarrier, type Node, noUsageRank } from '../model/node.ts'
import { usageRank } from './usage-rank.ts'

/**
 * Propagates the usage ranks of nodes to their ancestors. `changed` are the nodes that arrived or whose chain of usages
 * above changed. Ranks below a node only ever improve, so a walk ends at the first ancestor that does not change.
 * Returns the nodes with usage for which a better report, or the same call, is known below now.
 */
export function propagateUsageUp(changed: Iterable<Node>): Set<Node> {
  const improved = new Set<Node>()
  for (const node of changed) {
    const { usage } = node.facts
    if (usage !== null && usage.role !== 'copy')
      improveRanksAbove(node, classIndex[usage.class], usageRank[usage.role], improved)
    const { ranksBelow } = node.usageState
    for (const index of [0, 1, 2] as const)
      if (ranksBelow[index] !== noUsageRank) improveRanksAbove(node, index, ranksBelow[index], improved)
    if (usage?.role === 'call') markSameCallsAbove(node, improved)
  }
  return improved
}

function improveRanksAbove(from: Node, index: 0 | 1 | 2, rank: number, improved: Set<Node>): void {
  for (let at = from.parent; at !== null && at.usageState.ranksBelow[index] > rank; at = at.parent) {
    const ranks: [number, number, number] = [...at.usageState.ranksBelow]
    ranks[index] = rank
    changedUsage(at).ranksBelow = ranks
    if (at.facts.usage !== null) improved.add(at)
  }
}

function markSameCallsAbove(node: Node, improved: Set<Node>): void {
  for (const above of callsAbove(node)) {
    if (above.usageState.hasSameCallBelow || !areSameCall(node.facts.usage!, above.facts.usage!)) continue
    changedUsage(above).hasSameCallBelow = true
    improved.add(above)
  }
}

/** The calls above a node up to the next tool, agent, workflow or task span, the nearest first. */
export function callsAbove(node: Node): Node[] {
  const calls: Node[] = []
  for (let at = node.inherited.callAbove; at !== null; at = isBarrier(at) ? null : at.inherited.callAbove)
    calls.push(at)
  return calls
}

/** Whether two nested reports are one call: they are, unless their response ids differ and their counters differ too. */
export function areSameCall(a: Usage, b: Usage): boolean {
  if (a.class !== b.class) return false
  const idsDiffer = a.responseId !== null && b.responseId !== null && a.responseId !== b.responseId
  return !idsDiffer || (a.prompt === b.prompt && a.completion === b.completion)
}

/** The usages of the calls above with the same class and counters, the nearest first. */
function sameCountersAbove(node: Node): Usage[] {
  const { class: usageClass, prompt, completion } = node.facts.usage!
  return callsAbove(node)
    .map(({ facts }) => facts.usage!)
    .filter((usage) => usage.class === usageClass && usage.prompt === prompt && usage.completion === completion)
}

/** What a call is compared by when its duplicates are searched. */
export type CallIdentity = Pick<Usage, 'responseId' | 'trust'>

/**
 * What identifies the call of a node. The calls above with the same counters are reports of the same call: the response
 * id is the node's own, else that of the nearest of them, and the trust is the highest among them and the node.
 */
export function callIdentityOf(node: Node): CallIdentity {
  const reports = [node.facts.usage!, ...sameCountersAbove(node)]
  return {
    responseId: reports.find(({ responseId }) => responseId !== null)?.responseId ?? null,
    trust: Math.max(...reports.map(({ trust }) => trust)),
  }
}

/** Why a usage does not count: which other report in its line of ancestors and descendants says the same, or more. */
export type CoverReason = 'call below' | 'better report below' | 'better report above'

/** What covers the usage of a node (docs/design.md §4.1). null if nothing does, or the node has no usage. */
export function coverReasonOf(node: Node): CoverReason | null {
  const { usage } = node.facts
  if (usage === null) return null
  const { usageState, inherited } = node
  const index = classIndex[usage.class]
  const rank = usageRank[usage.role]
  if (usage.role === 'call') return usageState.hasSameCallBelow ? 'call below' : null
  const below = usageState.ranksBelow[index]
  // two sums of the role `own` are about the calls of two agents, so neither covers the other
  if (below < rank || (below === rank && usage.role !== 'own')) return 'better report below'
  if (inherited.ranksAbove[index] < rank) return 'better report above'
  return callsAbove(node).some(({ facts }) => facts.usage!.class === usage.class) ? 'better report above' : null
}
