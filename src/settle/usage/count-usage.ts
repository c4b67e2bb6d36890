import { changedUsage } from '../model/new-node.ts'
import type { Node } from '../model/node.ts'
import { coverReasonOf } from './nested-usage.ts'

/**
 * Adds the tokens that count in subtrees whose parent has arrived to all nodes above them. `dirty` collects the nodes
 * whose rows show such a sum.
 */
export function addTokensOfJoined(joined: readonly Node[], dirty: Set<Node>): void {
  // the sums of all subtrees come first, because one joined subtree may lie below another
  const tokens: TokensBelow = new Map()
  for (const node of joined) addTokens(tokens, node.parent, node.usageState.tokensBelow + countedTokens(node))
  addTokensAbove(tokens, dirty)
}

/** By node: the tokens that count more below it now. */
type TokensBelow = Map<Node, number>

function addTokens(to: TokensBelow, node: Node | null, tokens: number): void {
  if (node !== null && tokens !== 0) to.set(node, (to.get(node) ?? 0) + tokens)
}

/**
 * Decides again whether the usages of nodes count (docs/design.md §4): no other report covers one, and it is the best of
 * its duplicates. `dirty` collects the nodes above whose rows show the sum.
 */
export function recountUsage(nodes: Iterable<Node>, dirty: Set<Node>): void {
  const tokens: TokensBelow = new Map()
  for (const node of nodes) {
    const { usage } = node.facts
    const { usageState } = node
    const counts = usage !== null && coverReasonOf(node) === null && usageState.duplicateOf === null
    if (counts === usageState.counts) continue
    const before = countedTokens(node)
    changedUsage(node).counts = counts
    addTokens(tokens, node.parent, countedTokens(node) - before)
  }
  addTokensAbove(tokens, dirty)
}

/** The tokens of a node's own usage, 0 where it does not count. */
export function countedTokens({ usageState, facts: { usage } }: Node): number {
  return usageState.counts ? usage!.prompt + usage!.completion : 0
}

/**
 * Adds tokens to nodes and to all nodes above them, each of which is visited once. `dirty` collects the nodes whose rows
 * show such a sum.
 */
function addTokensAbove(tokens: TokensBelow, dirty: Set<Node>): void {
  if (tokens.size === 0) return
  const added = new Map<Node, number>()
  // each path ends at a root or below a node of an earlier path
  const paths: Node[][] = []
  for (const [from, count] of tokens) {
    const path: Node[] = []
    for (let at: Node | null = from; at !== null && !added.has(at); at = at.parent) {
      added.set(at, 0)
      path.push(at)
    }
    added.set(from, added.get(from)! + count)
    paths.push(path)
  }
  for (const path of paths.reverse()) {
    for (const node of path) {
      const count = added.get(node)!
      if (count === 0) continue
      addTo(node, count, dirty)
      if (node.parent !== null) added.set(node.parent, added.get(node.parent)! + count)
    }
  }
}

function addTo(node: Node, tokens: number, dirty: Set<Node>): void {
  const { facts, rows } = node
  changedUsage(node).tokensBelow += tokens
  if (facts.usage !== null || facts.unknownUsage !== null || facts.kind === 'agent' || rows?.agent) dirty.add(node)
}
