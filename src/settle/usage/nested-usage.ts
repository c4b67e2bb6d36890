import type { Usage } from '../../map/facts/facts.ts'
import { classIndex, isBarrier, type Node, noUsageRank } from '../model/trace.ts'
import { rankOf } from './usage-rank.ts'

/**
 * Spreads what the rehung nodes carry to the usages above them. Ranks below only ever improve, so a walk ends at the
 * first ancestor that doesn't change. Returns the nodes that learned something.
 */
export function propagateUsageUp(rehung: Iterable<Node>): Set<Node> {
  const learned = new Set<Node>()
  for (const node of rehung) {
    const usage = node.facts.usage
    if (usage !== null && usage.role !== 'copy') raise(node, classIndex[usage.class], rankOf[usage.role], learned)
    for (const index of [0, 1, 2] as const)
      if (node.ranksBelow[index] !== noUsageRank) raise(node, index, node.ranksBelow[index], learned)
    if (usage?.role === 'call') meetCallsAbove(node, learned)
  }
  return learned
}

function raise(from: Node, index: 0 | 1 | 2, rank: number, learned: Set<Node>): void {
  for (let at = from.parent; at !== null && at.ranksBelow[index] > rank; at = at.parent) {
    const below = [...at.ranksBelow] as [number, number, number]
    below[index] = rank
    at.ranksBelow = below
    if (at.facts.usage !== null) learned.add(at)
  }
}

function meetCallsAbove(node: Node, learned: Set<Node>): void {
  for (let at = node.callAbove; at !== null; at = isBarrier(at) ? null : at.callAbove) {
    if (at.hasSameCallBelow || !areSameCall(node.facts.usage!, at.facts.usage!)) continue
    at.hasSameCallBelow = true
    learned.add(at)
  }
}

/** Two nested reports are one call, unless their response ids and their counters both differ. */
export function areSameCall(a: Usage, b: Usage): boolean {
  if (a.class !== b.class) return false
  const differ = a.responseId !== null && b.responseId !== null && a.responseId !== b.responseId
  return !(differ && (a.prompt !== b.prompt || a.completion !== b.completion))
}

/** Calls above that are this call, in the same numbers, the nearest first. */
function sameCallsAbove(node: Node): Usage[] {
  const { class: of, prompt, completion } = node.facts.usage!
  const above: Usage[] = []
  for (let at = node.callAbove; at !== null; at = isBarrier(at) ? null : at.callAbove) {
    const usage = at.facts.usage!
    if (usage.class === of && usage.prompt === prompt && usage.completion === completion) above.push(usage)
  }
  return above
}

/** The id of the response that a call reports: its own, else that of a call which it covers. */
export function responseIdOf(node: Node): string | null {
  return (
    node.facts.usage!.responseId ??
    sameCallsAbove(node).find(({ responseId }) => responseId !== null)?.responseId ??
    null
  )
}

/** What a call is believed: as much as the best report that it covers, whose numbers it repeats. */
export function trustOf(node: Node): number {
  return sameCallsAbove(node).reduce((most, { trust }) => Math.max(most, trust), node.facts.usage!.trust)
}

export type CoverReason = 'call below' | 'better report below' | 'better report above'

/** What covers the usage of a node, null if nothing does or it has none. */
export function coverReasonOf(node: Node): CoverReason | null {
  const usage = node.facts.usage
  if (usage === null) return null
  const index = classIndex[usage.class]
  const rank = rankOf[usage.role]
  if (rank === 0) return node.hasSameCallBelow ? 'call below' : null
  // what another agent's sum of its own calls says is in no other such sum
  if (node.ranksBelow[index] < rank || (node.ranksBelow[index] === rank && usage.role !== 'own'))
    return 'better report below'
  if (node.ranksAbove[index] < rank || callAboveOfClass(node, usage)) return 'better report above'
  return null
}

function callAboveOfClass(node: Node, usage: Usage): boolean {
  for (let at = node.callAbove; at !== null; at = isBarrier(at) ? null : at.callAbove) {
    if (at.facts.usage!.class === usage.class) return true
  }
  return false
}
