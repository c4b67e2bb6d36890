import { changedTools } from '../model/new-node.ts'
import type { Node } from '../model/node.ts'
import { sortByStart } from '../model/time/sort-by-start.ts'
import type { Trace } from '../model/trace.ts'

/**
 * Matches tool spans with log records of the same runs. Some clients report a tool run by both, without an id in common:
 * the record names the span of the tool, or the span above it. Among those that name one span, the k-th record of a tool
 * is its k-th span there. Returns the nodes whose counterpart is another one now.
 */
export function trackToolRecords(trace: Trace, arrived: Iterable<Node>): Set<Node> {
  const changed = new Set<Node>()
  const places = new Set<string>()
  for (const node of arrived) if (node.facts.tool !== null) addPlaces(trace, node, places)
  for (const place of places) if (trace.toolRecords.has(place)) matchAt(trace, place, changed)
  return changed
}

/** Indexes a record by the span that it names, and adds the ids of the spans at which records and spans match anew. */
function addPlaces(trace: Trace, node: Node, places: Set<string>): void {
  const { id, parent, source } = node.facts
  places.add(parent)
  if (source === 'span') {
    places.add(id)
    return
  }
  if (parent === '') return
  const others = trace.toolRecords.get(parent)
  if (others === undefined) trace.toolRecords.set(parent, new Set([node]))
  else others.add(node)
  // a tool span that is named itself is no more among the spans below its parent
  const named = trace.nodes.get(parent)
  if (named !== undefined) places.add(named.facts.parent)
}

function matchAt(trace: Trace, place: string, changed: Set<Node>): void {
  const records = trace.toolRecords.get(place)!
  const itself = trace.nodes.get(place)
  const below = (itself?.children ?? trace.orphans.get(place) ?? []).filter(
    ({ facts }) => facts.source === 'span' && facts.tool !== null && !trace.toolRecords.has(facts.id),
  )
  const isTool = itself !== undefined && itself.facts.tool !== null
  const counterparts = matchInOrder(records, isTool ? [itself] : below)
  for (const node of [...records, ...below, ...(isTool ? [itself] : [])]) {
    const counterpart = counterparts.get(node) ?? null
    if (node.toolState.counterpart === counterpart) continue
    changedTools(node).counterpart = counterpart
    changed.add(node)
  }
}

/** By record and by span: the other one, the first of each tool with the first, the second with the second, and so on. */
function matchInOrder(records: Iterable<Node>, spans: Iterable<Node>): Map<Node, Node> {
  const counterparts = new Map<Node, Node>()
  const spansByName = groupByName(spans)
  for (const [name, ofName] of groupByName(records)) {
    const others = spansByName.get(name) ?? []
    ofName.slice(0, others.length).forEach((record, k) => {
      counterparts.set(record, others[k]!).set(others[k]!, record)
    })
  }
  return counterparts
}

/** By the name of the tool: its nodes in the order of time. */
function groupByName(nodes: Iterable<Node>): Map<string | null, Node[]> {
  const groups = new Map<string | null, Node[]>()
  for (const node of sortByStart(nodes)) {
    const { name } = node.facts.tool!
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [node])
    else group.push(node)
  }
  return groups
}
