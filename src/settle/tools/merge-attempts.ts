import { type AttemptGroup, compareStart, type Node, sortByStart } from '../model/node.ts'
import type { AttemptReport, EventRow, ToolRow } from '../model/rows.ts'
import type { Trace } from '../model/trace.ts'
import { isInnerSide } from './tool-rows.ts'

/**
 * Finds the tool runs that are attempts at one: an activity that fails is executed again, which is one use of its tool.
 * The first run of a tool in each attempt is the same run, and so is the second. Returns those whose rows may differ now.
 */
export function matchAttempts(trace: Trace, touched: Iterable<Node>): Set<Node> {
  const changed = new Set<AttemptGroup>()
  for (const node of touched) {
    if (
      node.facts.source !== 'span' ||
      node.facts.kind !== 'tool' ||
      (node.inherited.activity === null && node.toolState.attemptGroup === null)
    )
      continue
    const key = keyOf(node)
    if (node.toolState.attemptGroup !== null && node.toolState.attemptGroup.key !== key)
      changed.add(leave(trace, node, node.toolState.attemptGroup))
    if (key !== null) changed.add(enter(trace, node, key))
  }
  const concerned = new Set<Node>()
  for (const attempts of changed) for (const node of order(attempts)) concerned.add(node)
  return concerned
}

function keyOf(node: Node): string | null {
  const {
    inherited: { activity },
    facts,
  } = node
  if (activity === null || facts.tool === null || isInnerSide(node)) return null
  return `${activity.facts.run!.activity} ${facts.tool.name}`
}

function enter(trace: Trace, node: Node, key: string): AttemptGroup {
  const attempts = trace.attemptGroups.get(key) ?? { key, members: new Set() }
  trace.attemptGroups.set(key, attempts)
  attempts.members.add(node)
  node.toolState.attemptGroup = attempts
  return attempts
}

function leave(trace: Trace, node: Node, attempts: AttemptGroup): AttemptGroup {
  attempts.members.delete(node)
  if (attempts.members.size === 0) trace.attemptGroups.delete(attempts.key)
  node.toolState.attemptGroup = null
  node.toolState.attempt = 1
  node.toolState.nextAttempt = null
  return attempts
}

/** Chains each attempt's k-th run to that of the next attempt. Returns all members, whose rows may differ now. */
function order({ members }: AttemptGroup): ReadonlySet<Node> {
  const byAttempt = new Map<Node, Node[]>()
  for (const node of sortByStart(members)) {
    const runs = byAttempt.get(node.inherited.activity!)
    if (runs === undefined) byAttempt.set(node.inherited.activity!, [node])
    else runs.push(node)
  }
  const before: Node[] = []
  for (const [, runs] of [...byAttempt].sort(([a], [b]) => compareStart(a, b))) {
    runs.forEach((node, k) => {
      const last = before[k]
      node.toolState.attempt = last === undefined ? 1 : last.toolState.attempt + 1
      node.toolState.nextAttempt = null
      if (last !== undefined) last.toolState.nextAttempt = node
      before[k] = node
    })
  }
  return members
}

/** What the workflow is told of a tool run whose other attempts are in other traces; null where they are in this one. */
export function attemptReport(node: Node, tool: ToolRow, events: readonly EventRow[]): AttemptReport | null {
  const { activity } = node.inherited
  const attempts = node.toolState.attemptGroup
  if (activity === null || attempts === null) return null
  const { parent, workflowId, startNs } = activity.facts
  if (parent !== '' || workflowId === null) return null
  const runs = sortByStart(attempts.members).filter((member) => member.inherited.activity === activity)
  return { id: tool.id, place: tool.place, run: `${attempts.key} ${runs.indexOf(node)}`, startNs, tool, events }
}
