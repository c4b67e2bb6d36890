import type { Node } from '../model/node.ts'
import type { NodeRows } from '../model/rows.ts'
import { sortByStart } from '../model/time/sort-by-start.ts'
import { type Trace, workflowOf } from '../model/trace.ts'

/**
 * Leaves nodes in the workflow that they had before, where more than `mostRows` of their rows would move to another one.
 * `nodes` are those whose workflow may differ now. Their rows and sums stay where they are until `endMoves`, and the trace
 * is what it would be if these nodes said so themselves. Returns the nodes that stay, in the order of time.
 */
export function delayLargeMove(trace: Trace, nodes: readonly ReadonlySet<Node>[], mostRows: number): Node[] {
  if (mostRows === Infinity) return []
  const moving = new Set<Node>()
  let rows = 0
  for (const some of nodes) {
    for (const node of some) {
      if (node.rows === null || node.rows.place.workflow === workflowOf(trace, node) || moving.has(node)) continue
      moving.add(node)
      rows += countRows(node.rows)
    }
  }
  if (rows <= mostRows) return []
  for (const node of moving) beginMove(trace, node, node.rows!.place.workflow)
  return sortByStart(moving)
}

/** Counts the rows of a node, and what it reports to its workflow. */
export function countRows({ events, usage, tools, agent, report }: NodeRows): number {
  return events.length + tools.length + (usage === null ? 0 : 1) + (agent === null ? 0 : 1) + (report === null ? 0 : 1)
}

function beginMove(trace: Trace, node: Node, from: string): void {
  node.movesFrom = from
  trace.moving.add(node)
}

/** Lets nodes belong to the workflow that they say. `dirty` collects the nodes whose rows or contributions may differ. */
export function endMoves(trace: Trace, nodes: Iterable<Node>, dirty: Set<Node>): void {
  for (const node of nodes) {
    if (!trace.moving.delete(node)) continue
    node.movesFrom = null
    addWithChildren(dirty, node)
  }
}

/**
 * Makes the moves of a trace what the books say: `moves` has the former workflow of each node whose rows have not moved, by
 * the node's id. `dirty` collects the nodes whose rows or contributions may differ.
 */
export function setMoves(trace: Trace, moves: ReadonlyMap<string, string>, dirty: Set<Node>): void {
  endMoves(
    trace,
    [...trace.moving].filter((node) => moves.get(node.facts.id) !== node.movesFrom),
    dirty,
  )
  for (const [id, from] of moves) {
    const node = trace.nodes.get(id)
    if (node === undefined || node.movesFrom !== null) continue
    beginMove(trace, node, from)
    addWithChildren(dirty, node)
  }
}

/** Adds a node whose workflow changed, and its children: whether a node is an entry depends on its parent's workflow. */
export function addWithChildren(dirty: Set<Node>, node: Node): void {
  dirty.add(node)
  for (const child of node.children) dirty.add(child)
}
