import type { Usage } from '../../map/facts/facts.ts'
import { ordinals, rowId } from '../model/ids.ts'
import type { CallReport, NodeRows, RowPlace, UsageRow } from '../model/rows.ts'
import { identityOfNode, isBarrier, type Node, type Trace } from '../model/trace.ts'
import type { PriceLookup } from '../prices/prices.ts'
import { duplicatesOf } from './deduplicate-calls.ts'
import { trustOf } from './nested-usage.ts'

/** What a usage comes to that counts in its trace: a row, or a report where another trace may tell of the same call. */
export function countedUsage(
  trace: Trace,
  node: Node,
  place: RowPlace,
  price: PriceLookup,
): Pick<NodeRows, 'usage' | 'report'> {
  if (!node.counts) return { usage: null, report: null }
  return mayBeElsewhere(trace, node)
    ? { usage: null, report: reportOf(trace, node, place) }
    : { usage: usageRow(trace, node, place, price), report: null }
}

/** Whoever tells of the call in this trace as well may be one that tells of it in another. */
function mayBeElsewhere(trace: Trace, node: Node): boolean {
  return node.facts.usage!.elsewhere || fillers(trace, node).some(({ elsewhere }) => elsewhere)
}

/** The row of a usage that counts. */
export function usageRow(trace: Trace, node: Node, place: RowPlace, price: PriceLookup): UsageRow {
  const { endNs } = node.facts
  const usage = completed(trace, node)
  const cacheRead = Math.min(usage.cacheRead ?? 0, usage.prompt)
  const cacheWrite = Math.min(usage.cacheWrite ?? 0, usage.prompt)
  const quote = price({ ...usage, cacheRead, cacheWrite, endNs })
  const cost = usage.statedCostNano ?? quote.costNano
  return {
    id: usageId(trace, node),
    place,
    provider: usage.provider ?? quote.provider ?? 'unknown',
    model: usage.responseModel ?? usage.model ?? 'unknown',
    prompt: usage.prompt,
    completion: usage.completion,
    cacheRead,
    cacheWrite,
    cacheHit: cacheRead > 0 || usage.cacheHit,
    costNano: BigInt(cost ?? 0),
    unpriced: cost === null,
    endNs,
  }
}

/** What the workflow is told of it. */
function reportOf(trace: Trace, node: Node, place: RowPlace): CallReport {
  const { source, origin, spanKind, startNs, endNs } = node.facts
  const usage = { ...completed(trace, node), responseId: node.responseId, trust: trustOf(node) }
  return { id: usageId(trace, node), place, source, origin, spanKind, startNs, endNs, usage }
}

function usageId(trace: Trace, node: Node): string {
  return rowId(identityOfNode(trace, node), ordinals.usage)
}

/** What a usage doesn't say is taken from its twins, then from what it covers above it. */
function completed(trace: Trace, node: Node): Usage {
  const usage = node.facts.usage!
  const reports = [usage, ...fillers(trace, node)]
  const said = <Key extends keyof Usage>(key: Key): Usage[Key] =>
    (reports.find((report) => report[key] !== null) ?? usage)[key]
  return {
    ...usage,
    cacheRead: said('cacheRead'),
    cacheWrite: said('cacheWrite'),
    reasoning: said('reasoning'),
    provider: said('provider'),
    model: said('model'),
    responseModel: said('responseModel'),
    statedCostNano: said('statedCostNano'),
    cacheHit: reports.some((report) => report.cacheHit),
  }
}

/** Reports with the same counters, most trusted first. Which they are depends on the twins and ancestors of the node alone. */
function fillers(trace: Trace, node: Node): Usage[] {
  const { prompt, completion } = node.facts.usage!
  const twins = node.facts.usage!.role === 'call' ? duplicatesOf(trace, node) : []
  return [...twins.sort(byTrust), ...coveredAbove(node)]
    .map((other) => other.facts.usage!)
    .filter((usage) => usage.prompt === prompt && usage.completion === completion)
}

function coveredAbove(node: Node): Node[] {
  const own = node.facts.usage!
  const above: Node[] = []
  if (own.role === 'call') {
    for (let at = node.callAbove; at !== null; at = isBarrier(at) ? null : at.callAbove) above.push(at)
  }
  if (node.usageAbove !== null) above.push(node.usageAbove)
  return above.filter((other) => other.facts.usage!.class === own.class)
}

function byTrust(a: Node, b: Node): number {
  return b.facts.usage!.trust - a.facts.usage!.trust || (a.facts.id < b.facts.id ? -1 : 1)
}
