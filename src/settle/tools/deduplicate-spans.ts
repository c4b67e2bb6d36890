import type { ToolRun } from '../../map/facts/facts.ts'
import { changedTools } from '../model/new-node.ts'
import type { Node, SpansOfTool } from '../model/node.ts'
import { sortByStart } from '../model/time/sort-by-start.ts'
import { addMember, type Interval, membersAround } from '../model/time/time-index.ts'
import type { Trace } from '../model/trace.ts'
import { SmallSet } from '../small/small-set.ts'
import { argumentKey, requestKeys } from './argument-keys.ts'

/**
 * Finds the spans in which several instrumentations report one tool run side by side (docs/design.md §4.6). `touched` are
 * the nodes that arrived or whose place in the tree changed; only the spans of their tools are matched again, as far as they
 * are connected with one of them in time. Returns the
 * spans whose `duplicateOf` changed, and the old and new better spans of these.
 *
 * Two spans of different origins are one run if they have one name, one starts while the other runs, and they have one
 * call id, or equal arguments where one of them has no call id. Spans are put together in the order of (start, id). A span inside another
 * one of its run takes no part, nor does an attempt at an activity, which has its own rules.
 */
export function matchToolSpans(trace: Trace, touched: Iterable<Node>): Set<Node> {
  const touchedIn = new Map<SpansOfTool, Node[]>()
  for (const node of touched) {
    const name = node.facts.source === 'span' && node.facts.kind === 'tool' ? (node.facts.tool?.name ?? null) : null
    if (name === null) continue
    const tool = addSpan(trace, name, node)
    const spans = touchedIn.get(tool)
    if (spans === undefined) touchedIn.set(tool, [node])
    else spans.push(node)
  }
  const changed = new Set<Node>()
  for (const [tool, spans] of touchedIn)
    if (tool.origins.size > 1) matchSpans(membersAround(tool, spans, intervalOf), changed)
  return changed
}

function addSpan({ toolSpans }: Trace, name: string, node: Node): SpansOfTool {
  let tool = toolSpans.get(name)
  if (tool === undefined) {
    tool = { members: new SmallSet(), origins: new SmallSet(), times: null }
    toolSpans.set(name, tool)
  }
  addMember(tool, node, intervalOf)
  tool.origins.add(node.facts.origin)
  return tool
}

function intervalOf({ facts }: Node): Interval {
  return { fromNs: facts.startNs, toNs: facts.endNs }
}

function matchSpans(members: Iterable<Node>, changed: Set<Node>): void {
  const better = new Map<Node, Node>()
  for (const cluster of clustersOf(sortByStart(members).filter(isOutermost))) {
    const best = cluster.reduce((a, b) => (worth(b) > worth(a) ? b : a))
    for (const span of cluster) if (span !== best) better.set(span, best)
  }
  for (const span of members) setBetter(span, better.get(span) ?? null, changed)
}

function isOutermost({ toolState, inherited }: Node): boolean {
  return toolState.outerSpan === null && inherited.activity === null
}

/** The spans, in the order of time, as the runs that they report. */
function clustersOf(spans: readonly Node[]): Node[][] {
  const clusters: Node[][] = []
  let open: Node[][] = []
  for (const span of spans) {
    open = open.filter(([first]) => first!.facts.endNs >= span.facts.startNs)
    const cluster = open.find((others) => others.every((other) => isSameRun(other, span)))
    if (cluster === undefined) {
      const own = [span]
      clusters.push(own)
      open.push(own)
    } else cluster.push(span)
  }
  return clusters
}

function isSameRun({ facts: a }: Node, { facts: b }: Node): boolean {
  if (a.origin === b.origin) return false
  const [idA, idB] = [a.tool!.callId, b.tool!.callId]
  return idA !== null && idB !== null ? idA === idB : haveSameArguments(a.tool!, b.tool!)
}

/** Whether arguments are equal, with or without their names; what is unknown is equal to anything. */
function haveSameArguments(a: ToolRun, b: ToolRun): boolean {
  const [ofA, ofB] = [a.likeness ?? a.input, b.likeness ?? b.input]
  if (ofA === null || ofB === null) return true
  return requestKeys(ofA).includes(argumentKey(ofB)) || requestKeys(ofB).includes(argumentKey(ofA))
}

/** A span that has the call's id is better, then one that has the names of the arguments, then one that has any. */
function worth({ facts: { tool } }: Node): number {
  const { callId, input } = tool!
  return (callId === null ? 0 : 4) + (input === null ? 0 : input.startsWith('{') ? 2 : 1)
}

function setBetter(span: Node, better: Node | null, changed: Set<Node>): void {
  const { duplicateOf: before } = span.toolState
  if (before === better) return
  changed.add(span)
  if (before !== null) {
    changedTools(before).duplicates = (before.toolState.duplicates ?? []).filter((other) => other !== span)
    changed.add(before)
  }
  changedTools(span).duplicateOf = better
  if (better !== null) {
    changedTools(better).duplicates = sortByStart([...(better.toolState.duplicates ?? []), span])
    changed.add(better)
  }
}
