import type { Usage } from '../map/facts.ts'
import type { Price as Priced, PricedCall } from '../map/prices.ts'
import { ordinals, rowId } from './ids.ts'
import type { Place, UsageRow } from './rows.ts'
import { identify, isBarrier, type Node, type Trace } from './trace.ts'
import { twinsOf } from './twins.ts'

/** The cost of a call in whole nano-dollars, null where no price is known; and whose model it is. Rounded once. */
export type Price = (call: PricedCall) => Priced

/** The row of a usage that counts. What it doesn't say is taken from its twins, then from what it covers above it. */
export function usageRow(trace: Trace, node: Node, place: Place, price: Price): UsageRow {
  const { facts } = node
  const reports = [facts.usage!, ...fillers(trace, node)]
  const said = <Key extends keyof Usage>(key: Key): Usage[Key] | null =>
    reports.find((report) => report[key] !== null)?.[key] ?? null
  const { prompt, completion } = facts.usage!
  const call = {
    provider: said('provider'),
    model: said('model'),
    responseModel: said('responseModel'),
    prompt,
    completion,
    cacheRead: Math.min(said('cacheRead') ?? 0, prompt),
    cacheWrite: Math.min(said('cacheWrite') ?? 0, prompt),
    reasoning: said('reasoning'),
    endNs: facts.endNs,
  }
  const quote = price(call)
  const cost = said('statedCostNano') ?? quote.costNano
  return {
    id: rowId(identify(trace, node), ordinals.usage),
    place,
    provider: call.provider ?? quote.provider ?? 'unknown',
    model: call.responseModel ?? call.model ?? 'unknown',
    prompt,
    completion,
    cacheRead: call.cacheRead,
    cacheWrite: call.cacheWrite,
    cacheHit: call.cacheRead > 0 || reports.some((report) => report.cacheHit),
    costNano: BigInt(cost ?? 0),
    unpriced: cost === null,
    endNs: facts.endNs,
  }
}

/** Reports with the same counters, most trusted first. Which they are depends on the twins and ancestors of the node alone. */
function fillers(trace: Trace, node: Node): Usage[] {
  const { prompt, completion } = node.facts.usage!
  const twins = node.facts.usage!.role === 'call' ? twinsOf(trace, node) : []
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
