import type { Node } from '../model/node.ts'
import type { Trace } from '../model/trace.ts'

/**
 * Ties new nodes to the parents and children that are known. A span that turns out to be its own ancestor loses that
 * edge, as do all on the cycle. `joined` are the older nodes whose parent is there now. true: a cycle was cut, so what
 * was derived before may not hold any more.
 */
export function linkParents(trace: Trace, arrived: readonly Node[]): { joined: Node[]; cycle: boolean } {
  const joined: Node[] = []
  let cycle = false
  for (const node of arrived) {
    joined.push(...adopt(trace, node))
    const parent = node.facts.parent === '' ? undefined : trace.nodes.get(node.facts.parent)
    if (node.facts.parent === '') continue
    if (parent === undefined) waitFor(trace, node)
    else if (isAncestor(node, parent)) cycle = cutCycle(node, parent)
    else tie(node, parent)
  }
  return { joined, cycle }
}

function adopt(trace: Trace, node: Node): Node[] {
  const children = trace.orphans.get(node.facts.id)
  if (children === undefined) return []
  trace.orphans.delete(node.facts.id)
  for (const child of children) tie(child, node)
  return children
}

function waitFor(trace: Trace, node: Node): void {
  const others = trace.orphans.get(node.facts.parent)
  if (others === undefined) trace.orphans.set(node.facts.parent, [node])
  else others.push(node)
}

function tie(node: Node, parent: Node): void {
  node.parent = parent
  parent.children.push(node)
}

function isAncestor(node: Node, other: Node): boolean {
  for (let at: Node | null = other; at !== null; at = at.parent) if (at === node) return true
  return false
}

/** `parent` descends from `node`: everything from there up to `node` is on the cycle. */
function cutCycle(node: Node, parent: Node): true {
  let at: Node = parent
  while (at !== node) {
    const next: Node = at.parent!
    next.children.splice(next.children.indexOf(at), 1)
    at.parent = null
    at.onCycle = true
    at = next
  }
  node.onCycle = true
  return true
}
