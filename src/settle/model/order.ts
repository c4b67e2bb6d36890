import type { Node } from './trace.ts'

/** Nodes in the order of time; those of one moment by their ids. */
export function sortByStart(nodes: Iterable<Node>): Node[] {
  return [...nodes].sort(compareStart)
}

export function compareStart({ facts: a }: Node, { facts: b }: Node): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
