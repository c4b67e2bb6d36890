import { changedTools } from '../model/new-node.ts'
import type { AttemptGroup, Node } from '../model/node.ts'
import type { AttemptReport, EventRow, ToolRow } from '../model/rows.ts'
import { compareStart, sortByStart } from '../model/time/sort-by-start.ts'
import type { Trace } from '../model/trace.ts'
import { isInnerSpan } from './inner-span.ts'

/**
 * Merges the attempts at a tool run. An activity that fails is executed again, which is still one use of its tool: the
 * k-th run of a tool in one attempt is the k-th run in every other. `visited` are the nodes whose place in the tree may
 * have changed. Returns the tool spans that are another attempt now, or that another attempt follows now.
 */
export function mergeAttempts(trace: Trace, visited: Iterable<Node>): Set<Node> {
  const groups = new Set<AttemptGroup>()
  const changed = new Set<Node>()
  for (const node of visited) {
    const { facts, inherited, toolState } = node
    if (facts.source !== 'span' || facts.kind !== 'tool') continue
    const group = toolState.attemptGroup
    if (inherited.activity === null && group === null) continue
    const key = groupKey(node)
    if (group !== null && group.key !== key) {
      groups.add(group)
      leaveGroup(trace, node, group)
      changed.add(node)
    }
    if (key !== null) groups.add(joinGroup(trace, node, key))
  }
  for (const group of groups) numberAttempts(group, changed)
  return changed
}

/** The key of the attempts at an activity in which a tool span runs its tool; null where the span runs in no activity or has no row. */
function groupKey(node: Node): string | null {
  const { activity } = node.inherited
  const { tool } = node.facts
  if (activity === null || tool === null || isInnerSpan(node)) return null
  return `${activity.facts.run!.activity} ${tool.name}`
}

function joinGroup(trace: Trace, node: Node, key: string): AttemptGroup {
  const group = trace.attemptGroups.get(key) ?? { key, members: new Set() }
  trace.attemptGroups.set(key, group)
  group.members.add(node)
  changedTools(node).attemptGroup = group
  return group
}

function leaveGroup(trace: Trace, node: Node, group: AttemptGroup): void {
  group.members.delete(node)
  if (group.members.size === 0) trace.attemptGroups.delete(group.key)
  Object.assign(changedTools(node), { attemptGroup: null, attempt: 1, runInAttempt: 0, nextAttempt: null })
}

/** Chains the k-th run of each attempt to that of the next one. Adds the spans for which that changes something. */
function numberAttempts({ members }: AttemptGroup, changed: Set<Node>): void {
  const runsByActivity = new Map<Node, Node[]>()
  for (const node of sortByStart(members)) {
    const runs = runsByActivity.get(node.inherited.activity!)
    if (runs === undefined) runsByActivity.set(node.inherited.activity!, [node])
    else runs.push(node)
  }
  const latest: Node[] = []
  const nextOf = new Map<Node, Node>()
  for (const [, runs] of [...runsByActivity].sort(([a], [b]) => compareStart(a, b))) {
    runs.forEach((node, k) => {
      const before = latest[k]
      latest[k] = node
      const attempt = before === undefined ? 1 : before.toolState.attempt + 1
      if (before !== undefined) nextOf.set(before, node)
      if (node.toolState.attempt !== attempt || node.toolState.runInAttempt !== k) changed.add(node)
      changedTools(node).attempt = attempt
      changedTools(node).runInAttempt = k
    })
  }
  for (const node of members) {
    const next = nextOf.get(node) ?? null
    if (node.toolState.nextAttempt === next) continue
    changedTools(node).nextAttempt = next
    changed.add(node)
  }
}

/**
 * The report of a tool run whose other attempts may be in other traces, for the workflow that all of them belong to: the
 * workflow decides which of them is the row. null where all attempts are in this trace, because something above them was
 * traced.
 */
export function attemptReport(node: Node, tool: ToolRow, events: readonly EventRow[]): AttemptReport | null {
  const { activity } = node.inherited
  const { attemptGroup, runInAttempt } = node.toolState
  if (activity === null || attemptGroup === null) return null
  const { parent, workflowId, startNs } = activity.facts
  if (parent !== '' || workflowId === null) return null
  return { id: tool.id, place: tool.place, run: `${attemptGroup.key} ${runInAttempt}`, startNs, tool, events }
}
