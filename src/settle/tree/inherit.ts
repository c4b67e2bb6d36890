import { classIndex, type Inherited, isBarrier, type Node, noUsageRanks, type UsageRanks } from '../model/node.ts'
import { timedAboveOf } from '../model/time/node-times.ts'
import type { Trace } from '../model/trace.ts'
import { usageRank } from '../usage/usage-rank.ts'

/** The nodes that a pass down the tree has visited, parents before their children. */
export interface Inheritance {
  /** The visited nodes whose entry status, or what lies above them, may differ now. */
  readonly visited: Set<Node>
  /** The visited nodes of which nothing but the workflow differs. */
  readonly moved: Set<Node>
  /** The visited nodes whose chain of calls above, or of other usages above, differs now. */
  readonly changedAbove: Set<Node>
}

/**
 * Passes down from parents to children what a span inherits: workflow, agent, and which usages and tool runs lie above
 * it. The pass starts at the arrived and joined nodes and goes on below a node only while something changes there.
 */
export function inherit(trace: Trace, arrived: ReadonlySet<Node>, joined: readonly Node[]): Inheritance {
  const inheritance: Inheritance = { visited: new Set(), moved: new Set(), changedAbove: new Set() }
  for (const start of [...arrived, ...joined]) {
    // an arrived parent is visited before this node, and the pass from there reaches it
    if (start.parent !== null && arrived.has(start.parent)) continue
    passDown(trace, start, arrived, inheritance)
  }
  return inheritance
}

function passDown(trace: Trace, start: Node, arrived: ReadonlySet<Node>, inheritance: Inheritance): void {
  const stack = [start]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const change = inheritFromParent(trace, node, inheritance.changedAbove)
    // a node whose parent has just arrived differs in more: it waits for the parent no longer
    const isNew = arrived.has(node) || (node.parent !== null && arrived.has(node.parent))
    if (change === 'workflow' && !isNew) inheritance.moved.add(node)
    else inheritance.visited.add(node)
    // the first child is visited first: its siblings share what it inherits
    if (change !== 'none' || arrived.has(node)) for (const child of node.children.toReversed()) stack.push(child)
  }
}

/** Returns what the node passes on that has changed. */
function inheritFromParent(trace: Trace, node: Node, changedAbove: Set<Node>): 'none' | 'workflow' | 'more' {
  const before = node.inherited
  const now = inheritedOf(node)
  const usageChanged =
    now.callAbove !== before.callAbove ||
    (now.callAbove !== null && changedAbove.has(now.callAbove)) ||
    now.usageAbove !== before.usageAbove ||
    !areSameRanks(now.ranksAbove, before.ranksAbove)
  if (usageChanged) changedAbove.add(node)
  if (now.workflow === null) trace.withoutWorkflow.add(node)
  else trace.withoutWorkflow.delete(node)
  node.inherited = shared(now, node)
  const hasChanged =
    usageChanged ||
    now.agent !== before.agent ||
    now.hasTokensAbove !== before.hasTokensAbove ||
    now.hasUnknownAbove !== before.hasUnknownAbove ||
    now.toolAbove !== before.toolAbove ||
    now.timedAbove !== before.timedAbove ||
    now.activity !== before.activity
  return hasChanged ? 'more' : now.workflow !== before.workflow ? 'workflow' : 'none'
}

/** Returns the object of the node's first sibling where it says the same: a parent may have thousands of children. */
function shared(now: Inherited, { parent }: Node): Inherited {
  const known = parent?.children[0]?.inherited
  return known !== undefined && isSame(known, now) ? known : now
}

function isSame(a: Inherited, b: Inherited): boolean {
  return (
    a.workflow === b.workflow &&
    a.agent === b.agent &&
    a.callAbove === b.callAbove &&
    a.usageAbove === b.usageAbove &&
    a.toolAbove === b.toolAbove &&
    a.timedAbove === b.timedAbove &&
    a.activity === b.activity &&
    areSameRanks(a.ranksAbove, b.ranksAbove) &&
    a.hasTokensAbove === b.hasTokensAbove &&
    a.hasUnknownAbove === b.hasUnknownAbove
  )
}

function inheritedOf(node: Node): Inherited {
  const { parent, facts } = node
  const above = parent?.inherited
  return {
    workflow: facts.workflowId ?? above?.workflow ?? null,
    agent: facts.agent ?? above?.agent ?? null,
    callAbove: parent === null ? null : callAtOrAbove(parent),
    usageAbove: parent === null ? null : hasOtherUsage(parent) ? parent : parent.inherited.usageAbove,
    toolAbove: parent === null ? null : toolAtOrAbove(parent),
    timedAbove: timedAboveOf(node),
    activity: activityOf(node),
    ranksAbove: parent === null ? noUsageRanks : ranksAtOrAbove(parent),
    hasTokensAbove: parent !== null && (parent.inherited.hasTokensAbove || hasTokens(parent)),
    hasUnknownAbove: parent !== null && hasUnknownAtOrAbove(parent),
  }
}

function hasTokens({ facts: { usage } }: Node): boolean {
  return usage !== null && usage.role !== 'copy' && usage.prompt + usage.completion > 0
}

function hasUnknownAtOrAbove(parent: Node): boolean {
  if (parent.facts.unknownUsage !== null) return true
  return !isBarrier(parent) && parent.inherited.hasUnknownAbove
}

function callAtOrAbove(parent: Node): Node | null {
  if (parent.facts.usage?.role === 'call') return parent
  return isBarrier(parent) ? null : parent.inherited.callAbove
}

/** Whether a node carries a usage that is neither a call nor a copy. */
function hasOtherUsage({ facts: { usage } }: Node): boolean {
  return usage !== null && usage.role !== 'call' && usage.role !== 'copy'
}

function toolAtOrAbove(parent: Node): Node | null {
  const { kind, usage } = parent.facts
  if (kind === 'tool') return parent
  return isBarrier(parent) || usage !== null || kind === 'llm' ? null : parent.inherited.toolAbove
}

/** A part of a durable run that is no attempt at an activity ends the inheritance. */
function activityOf(node: Node): Node | null {
  const { run } = node.facts
  if (run === null) return node.parent?.inherited.activity ?? null
  return run.activity === null ? null : node
}

/** The ranks above the parent, and the parent's own rank where its usage is no call. */
function ranksAtOrAbove(parent: Node): UsageRanks {
  const { ranksAbove } = parent.inherited
  if (!hasOtherUsage(parent)) return ranksAbove
  const usage = parent.facts.usage!
  const rank = usageRank[usage.role]
  const index = classIndex[usage.class]
  if (ranksAbove[index] <= rank) return ranksAbove
  const ranks: [number, number, number] = [...ranksAbove]
  ranks[index] = rank
  return ranks
}

function areSameRanks(a: UsageRanks, b: UsageRanks): boolean {
  return a === b || (a[0] === b[0] && a[1] === b[1] && a[2] === b[2])
}
