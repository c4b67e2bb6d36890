import { classIndex, isBarrier, type Node, noRanks, type Ranks, type Trace } from '../model/trace.ts'
import { rankOf } from '../usage/usage-rank.ts'

/** What a pass down the tree has found: nodes whose surroundings changed, parents before their children. */
export interface Inheritance {
  /** Visited nodes: their place, their entry status or their surroundings may differ now. */
  readonly visited: Set<Node>
  /** Those whose chain of calls or of other usages above them is another one now. */
  readonly changedAbove: Set<Node>
}

/**
 * Hands down from parents to children what a span inherits: workflow, agent, and which usages and tools stand above
 * it. Starts at the given nodes and goes on below a node only while something changes there.
 */
export function inherit(trace: Trace, arrived: ReadonlySet<Node>, joined: readonly Node[]): Inheritance {
  const descent: Inheritance = { visited: new Set(), changedAbove: new Set() }
  const starts = [...arrived, ...joined]
  for (const start of starts) {
    // its parent comes first and will reach it
    if (start.parent !== null && arrived.has(start.parent)) continue
    walk(trace, start, arrived, descent)
  }
  return descent
}

function walk(trace: Trace, start: Node, arrived: ReadonlySet<Node>, descent: Inheritance): void {
  const stack = [start]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    descent.visited.add(node)
    const changed = inheritFromParent(trace, node, descent.changedAbove)
    if (changed || arrived.has(node)) stack.push(...node.children)
  }
}

function inheritFromParent(trace: Trace, node: Node, rehung: Set<Node>): boolean {
  const { parent, facts } = node
  const workflow = facts.workflowId ?? parent?.workflow ?? null
  const agent = facts.agent ?? parent?.agent ?? null
  const callAbove = parent === null ? null : carriesCall(parent) ? parent : isBarrier(parent) ? null : parent.callAbove
  const usageAbove = parent === null ? null : carriesOther(parent) ? parent : parent.usageAbove
  const toolAbove = parent === null ? null : nearestTool(parent)
  const activity = facts.run === null ? (parent?.activity ?? null) : facts.run.activity === null ? null : node
  const above = parent === null ? noRanks : withUsage(parent.ranksAbove, parent)
  const hung =
    callAbove !== node.callAbove ||
    (callAbove !== null && rehung.has(callAbove)) ||
    usageAbove !== node.usageAbove ||
    !sameRanks(above, node.ranksAbove)
  const changed =
    hung ||
    workflow !== node.workflow ||
    agent !== node.agent ||
    toolAbove !== node.toolAbove ||
    activity !== node.activity
  if (workflow === null) trace.withoutWorkflow.add(node)
  else trace.withoutWorkflow.delete(node)
  if (hung) rehung.add(node)
  node.workflow = workflow
  node.agent = agent
  node.callAbove = callAbove
  node.usageAbove = usageAbove
  node.toolAbove = toolAbove
  node.activity = activity
  node.ranksAbove = above
  return changed
}

function carriesCall(node: Node): boolean {
  return node.facts.usage?.role === 'call'
}

function carriesOther({ facts: { usage } }: Node): boolean {
  return usage !== null && usage.role !== 'call' && usage.role !== 'copy'
}

function nearestTool(parent: Node): Node | null {
  if (parent.facts.kind === 'tool') return parent
  return isBarrier(parent) || parent.facts.usage !== null || parent.facts.kind === 'llm' ? null : parent.toolAbove
}

/** The ranks above a child: those above its parent, and the parent's own if it is no call. */
function withUsage(ranks: Ranks, parent: Node): Ranks {
  if (!carriesOther(parent)) return ranks
  const usage = parent.facts.usage!
  const rank = rankOf[usage.role]
  const index = classIndex[usage.class]
  if (ranks[index] <= rank) return ranks
  const next = [...ranks] as [number, number, number]
  next[index] = rank
  return next
}

function sameRanks(a: Ranks, b: Ranks): boolean {
  return a === b || (a[0] === b[0] && a[1] === b[1] && a[2] === b[2])
}
