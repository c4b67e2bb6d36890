import type { Node } from '../model/node.ts'
import type { Trace } from '../model/trace.ts'

/** What linking new nodes has found. */
export interface Linked {
  /** The older nodes whose parent is among the new ones. */
  readonly joined: Node[]
  /** A cycle was cut, so what was derived from its edges before may be wrong. */
  readonly cycle: boolean
}

/**
 * Links new nodes with their parents and children as far as these have arrived. A span that turns out to be its own
 * ancestor loses the edge to its parent, as do all spans on the cycle (docs/design.md §3.1).
 */
export function linkParents(trace: Trace, arrived: readonly Node[]): Linked {
  const joined: Node[] = []
  let cycle = false
  for (const node of arrived) {
    for (const child of linkOrphans(trace, node)) joined.push(child)
    if (node.facts.parent === '') continue
    const parent = trace.nodes.get(node.facts.parent)
    if (parent === undefined) addOrphan(trace, node)
    else if (isOwnAncestor(node, parent)) {
      cutCycle(node, parent)
      cycle = true
    } else linkTo(node, parent)
  }
  return { joined, cycle }
}

/** Links the nodes that have waited for this parent. */
function linkOrphans(trace: Trace, parent: Node): Node[] {
  const children = trace.orphans.get(parent.facts.id)
  if (children === undefined) return []
  trace.orphans.delete(parent.facts.id)
  for (const child of children) linkTo(child, parent)
  return children
}

function addOrphan(trace: Trace, node: Node): void {
  const others = trace.orphans.get(node.facts.parent)
  if (others === undefined) trace.orphans.set(node.facts.parent, [node])
  else others.push(node)
}

function linkTo(node: Node, parent: Node): void {
  node.parent = parent
  // an empty array may be that of all nodes without children
  if (parent.children.length === 0) parent.children = [node]
  else parent.children.push(node)
}

/** Whether a node is above its own parent. A node without children is above none. */
function isOwnAncestor(node: Node, parent: Node): boolean {
  if (node.children.length === 0) return parent === node
  for (let at: Node | null = parent; at !== null; at = at.parent) if (at === node) return true
  return false
}

/** Cuts the edges from `parent`, which descends from `node`, up to `node`; all these nodes are on the cycle. */
function cutCycle(node: Node, parent: Node): void {
  let at = parent
  while (at !== node) {
    const next: Node = at.parent!
    next.children.splice(next.children.indexOf(at), 1)
    at.parent = null
    at.onCycle = true
    at = next
  }
  node.onCycle = true
}
