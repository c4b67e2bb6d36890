import type { Node } from '../model/node.ts'
import { coverReasonOf } from './nested-usage.ts'

/**
 * Adds the tokens that count in subtrees whose parent has arrived to all nodes above them. `dirty` collects the nodes
 * whose rows show such a sum.
 */
export function addTokensOfJoined(joined: readonly Node[], dirty: Set<Node>): void {
  // the sums of all subtrees come first, because one joined subtree may lie below another
  const sums = joined.map((node) => ({
    parent: node.parent,
    tokens: node.usageState.tokensBelow + countedTokens(node),
  }))
  for (const { parent, tokens } of sums) addTokensAbove(parent, tokens, dirty)
}

/**
 * Decides again whether the usage of a node counts (docs/design.md §4): no other report covers it, and it
 * is the best of its duplicates. `dirty` collects the nodes above whose rows show the sum.
 */
export function recountUsage(node: Node, dirty: Set<Node>): void {
  const { usage } = node.facts
  const { usageState } = node
  const counts = usage !== null && coverReasonOf(node) === null && usageState.duplicateOf === null
  if (counts === usageState.counts) return
  const before = countedTokens(node)
  usageState.counts = counts
  addTokensAbove(node.parent, countedTokens(node) - before, dirty)
}

/** The tokens of a node's own usage, 0 where it does not count. */
export function countedTokens({ usageState, facts: { usage } }: Node): number {
  return usageState.counts ? usage!.prompt + usage!.completion : 0
}

function addTokensAbove(from: Node | null, tokens: number, dirty: Set<Node>): void {
  if (tokens === 0) return
  for (let at = from; at !== null; at = at.parent) {
    at.usageState.tokensBelow += tokens
    if (at.facts.usage !== null || at.facts.unknownUsage !== null || at.facts.kind === 'agent' || at.rows?.agent)
      dirty.add(at)
  }
}
