import { compareStart, type Node } from '../model/node.ts'
import type { Trace } from '../model/trace.ts'

/**
 * Some clients tell of a tool run by a span and by a log record that have no id in common: the record names the tool's
 * span or the span above it. Of those that name one span, the k-th record of a tool is its k-th span there.
 *
 * Notes the records among the arrived nodes. Returns the spans and records whose counterpart may be another one now.
 */
export function noteToolRecords(trace: Trace, arrived: Iterable<Node>): Set<Node> {
  const concerned = new Set<Node>()
  for (const node of arrived) {
    if (node.facts.tool === null) continue
    if (node.facts.source === 'record' && node.facts.parent !== '') enter(trace, node)
    if (trace.toolRecords.size === 0) continue
    for (const named of namedBy(node)) {
      if (!trace.toolRecords.has(named)) continue
      for (const other of [...recordsNaming(trace, named), ...spansAt(trace, named), ...spansBelow(trace, named)])
        concerned.add(other)
    }
  }
  return concerned
}

/** The span that tells of the same tool run as this record, or the record that tells of the same one as this span. */
export function counterpartOf(trace: Trace, node: Node): Node | null {
  if (trace.toolRecords.size === 0) return null
  for (const named of namedBy(node)) {
    if (!trace.toolRecords.has(named)) continue
    const name = node.facts.tool!.name
    const [records, spans] = [recordsNaming(trace, named), spansAt(trace, named)].map((list) =>
      list.filter(({ facts }) => facts.tool!.name === name).sort(compareStart),
    ) as [Node[], Node[]]
    const [own, others] = node.facts.source === 'record' ? [records, spans] : [spans, records]
    return others[own.indexOf(node)] ?? null
  }
  return null
}

function enter(trace: Trace, record: Node): void {
  const others = trace.toolRecords.get(record.facts.parent)
  if (others === undefined) trace.toolRecords.set(record.facts.parent, new Set([record]))
  else others.add(record)
}

/** The spans that a record of this run may name. */
function namedBy({ facts }: Node): string[] {
  if (facts.source === 'record') return facts.parent === '' ? [] : [facts.parent]
  return facts.parent === '' ? [facts.id] : [facts.id, facts.parent]
}

function recordsNaming(trace: Trace, named: string): Node[] {
  return [...(trace.toolRecords.get(named) ?? [])]
}

/** The tool span of this id, or those below the span of this id, whether or not that has arrived. */
function spansAt(trace: Trace, named: string): Node[] {
  const itself = trace.nodes.get(named)
  return itself?.facts.tool != null ? [itself] : spansBelow(trace, named)
}

function spansBelow(trace: Trace, named: string): Node[] {
  const below = trace.nodes.get(named)?.children ?? trace.orphans.get(named) ?? []
  return below.filter(({ facts }) => facts.source === 'span' && facts.tool !== null)
}
