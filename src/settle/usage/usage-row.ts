import type { Usage, UsageParts } from '../../map/facts/facts.ts'
import { ordinals, rowId } from '../model/ids.ts'
import type { Node } from '../model/node.ts'
import type { CallReport, NodeRows, RowPlace, UsageRow } from '../model/rows.ts'
import { identityOfNode, type Trace } from '../model/trace.ts'
import type { PriceLookup } from '../prices/prices.ts'
import { duplicatesOf } from './deduplicate-calls.ts'
import { callIdentityOf, callsAbove } from './nested-usage.ts'

/**
 * The token_usage row of a node whose usage counts in its trace; or the report of it to the workflow, which decides
 * where another trace may report the same call.
 */
export function countedUsage(
  trace: Trace,
  node: Node,
  place: RowPlace,
  price: PriceLookup,
): Pick<NodeRows, 'usage' | 'report'> {
  if (!node.usageState.counts) return { usage: null, report: null }
  const reports = otherReports(trace, node)
  const usage = completeUsage(node.facts.usage!, reports)
  const id = rowId(identityOfNode(trace, node), ordinals.usage)
  const isElsewhere = usage.elsewhere || reports.some(({ elsewhere }) => elsewhere)
  return isElsewhere
    ? { usage: null, report: callReport(node, { id, place, usage }) }
    : { usage: usageRow({ id, place, usage, endNs: node.facts.endNs }, price), report: null }
}

/** A model call that is billed. */
export interface BilledCall {
  /** The id of its row. */
  readonly id: string
  readonly place: RowPlace
  /** The usage, completed by other reports of the call. */
  readonly usage: Usage
  readonly endNs: bigint
}

/** The token_usage row of a billed call. */
export function usageRow({ id, place, usage, endNs }: BilledCall, price: PriceLookup): UsageRow {
  const cacheRead = Math.min(usage.cacheRead ?? 0, usage.prompt)
  const cacheWrite = Math.min(usage.cacheWrite ?? 0, usage.prompt)
  const quote = price({ ...usage, cacheRead, cacheWrite, endNs })
  const cost = usage.statedCostNano ?? quote.costNano
  return {
    id,
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

function callReport(node: Node, { id, place, usage }: Omit<BilledCall, 'endNs'>): CallReport {
  const { source, origin, spanKind, startNs, endNs } = node.facts
  const { responseId } = node.usageState
  const { trust } = callIdentityOf(node)
  return { id, place, source, origin, spanKind, startNs, endNs, usage: { ...usage, responseId, trust } }
}

/** Each separately priced part from the first report that states it. */
function partsIn(reports: readonly Usage[]): Pick<Usage, 'parts'> {
  const all = reports.flatMap(({ parts }) => parts ?? [])
  if (all.length <= 1) return all.length === 0 ? {} : { parts: all[0]! }
  const stated = <Part extends keyof UsageParts>(part: Part): UsageParts[Part] =>
    all.find((parts) => parts[part] !== null)?.[part] ?? null
  return {
    parts: {
      cacheWrite1h: stated('cacheWrite1h'),
      audioInput: stated('audioInput'),
      audioOutput: stated('audioOutput'),
      imageInput: stated('imageInput'),
      imageOutput: stated('imageOutput'),
      webSearches: stated('webSearches'),
      serviceTier: stated('serviceTier'),
    },
  }
}

/** Fills what a usage does not say from other reports of the same call: from the first of `others` that says it (docs/design.md §4.3). */
export function completeUsage(usage: Usage, others: readonly Usage[]): Usage {
  const reports = [usage, ...others]
  const firstStated = <Key extends keyof Usage>(key: Key): Usage[Key] =>
    (reports.find((report) => report[key] !== null) ?? usage)[key]
  return {
    ...usage,
    cacheRead: firstStated('cacheRead'),
    cacheWrite: firstStated('cacheWrite'),
    reasoning: firstStated('reasoning'),
    provider: firstStated('provider'),
    model: firstStated('model'),
    responseModel: firstStated('responseModel'),
    statedCostNano: firstStated('statedCostNano'),
    cacheHit: reports.some((report) => report.cacheHit),
    ...partsIn(reports),
  }
}

/**
 * The other reports of a node's usage with the same counters: its duplicates, the most trusted first, then the usages
 * above it that it covers. They depend only on the duplicates and ancestors of the node.
 */
function otherReports(trace: Trace, node: Node): Usage[] {
  const own = node.facts.usage!
  const duplicates = own.role === 'call' ? usagesByTrust(duplicatesOf(trace, node)) : []
  return [...duplicates, ...coveredAbove(node)].filter((usage) => haveSameCounters(usage, own))
}

/** The usages of reports, the most trusted first. */
export function usagesByTrust(reports: readonly { readonly facts: { id: string; usage: Usage | null } }[]): Usage[] {
  return [...reports]
    .sort(({ facts: a }, { facts: b }) => b.usage!.trust - a.usage!.trust || (a.id < b.id ? -1 : 1))
    .map(({ facts }) => facts.usage!)
}

/** Whether two usages have the same prompt and completion tokens. */
export function haveSameCounters(a: Usage, b: Usage): boolean {
  return a.prompt === b.prompt && a.completion === b.completion
}

function coveredAbove(node: Node): Usage[] {
  const own = node.facts.usage!
  const { usageAbove } = node.inherited
  const above = [...(own.role === 'call' ? callsAbove(node) : []), ...(usageAbove === null ? [] : [usageAbove])]
  return above.map(({ facts }) => facts.usage!).filter((usage) => usage.class === own.class)
}
