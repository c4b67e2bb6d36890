import { durationMs } from '../../columns.ts'
import type { BillingAccount, Facts, Usage, UsageParts } from '../../map/facts/facts.ts'
import { ordinals, rowId } from '../model/ids.ts'
import type { Node } from '../model/node.ts'
import type { CallReport, NodeRows, RowPlace, RowPrice, UsageRow } from '../model/rows.ts'
import { hasTimes, timesOf } from '../model/time/node-times.ts'
import { identityOfNode, type Trace } from '../model/trace.ts'
import { priceListVersion } from '../prices/price-list.ts'
import type { PriceLookup, PriceQuote } from '../prices/prices.ts'
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
  if (!node.usageState.counts) return noUsage
  const id = rowId(identityOfNode(trace, node), ordinals.usage)
  const decision = trace.idDecisions.get(id)
  if (decision !== undefined && decision.better !== null) return noUsage
  const { facts } = node
  const reports = otherReports(node)
  const usage = decision?.usage ?? completeUsage(facts.usage!, reports)
  if (areElsewhere([usage, ...reports])) return { usage: null, report: callReport(node, { id, place, usage }) }
  const responseId = responseIdIn(usage.responseId, reports)
  const { endNs } = timesOf(node)
  const call = { id, place, usage, responseId, endNs, durationMs: statedDuration(facts), error: facts.error }
  return { usage: usageRow(call, price), report: null }
}

const noUsage: Pick<NodeRows, 'usage' | 'report'> = { usage: null, report: null }

/** The usage of a call that counts in its trace, completed by other reports of the call there. */
export function completedUsage(node: Node): Usage {
  return completeUsage(node.facts.usage!, otherReports(node))
}

/** Whether the workflow decides about the row of a call that counts in its trace. */
export function isDecidedByWorkflow(node: Node): boolean {
  return areElsewhere([node.facts.usage!, ...otherReports(node)])
}

function areElsewhere(reports: readonly Usage[]): boolean {
  return reports.some(({ elsewhere }) => elsewhere)
}

/** The response id of a call: its own, else the first of other reports of the call. */
export function responseIdIn(own: string | null, others: readonly Usage[]): string | null {
  return own ?? others.find(({ responseId }) => responseId !== null)?.responseId ?? null
}

/** An open span has no duration yet; a record whose start is its end, and a span without times, state none. */
function statedDuration(facts: Facts): number | null {
  const { source, open, startNs, endNs } = facts
  return open || !hasTimes(facts) || (source === 'record' && startNs === endNs) ? null : durationMs(startNs, endNs)
}

/** The model or provider of a call that nothing names. */
export const unknownName = 'unknown'

/** A model call that is billed. */
export interface BilledCall {
  /** The id of its row. */
  readonly id: string
  readonly place: RowPlace
  /** The usage, completed by other reports of the call. */
  readonly usage: Usage
  readonly responseId: string | null
  readonly endNs: bigint
  readonly durationMs: number | null
  readonly error: string | null
}

/** The token_usage row of a billed call. */
export function usageRow(
  { id, place, usage, responseId, endNs, durationMs, error }: BilledCall,
  price: PriceLookup,
): UsageRow {
  const cacheRead = Math.min(usage.cacheRead ?? 0, usage.prompt)
  const cacheWrite = Math.min(usage.cacheWrite ?? 0, usage.prompt)
  // written out, as the row is, because copying an unknown set of properties takes longer than all the rest
  const quote = price({
    prompt: usage.prompt,
    completion: usage.completion,
    cacheRead,
    cacheWrite,
    reasoning: usage.reasoning,
    parts: usage.parts,
    provider: usage.provider,
    model: usage.model,
    responseModel: usage.responseModel,
    endNs,
  })
  const { costNano, unpriced, price: rowPrice } = costOf(usage.statedCostNano, quote)
  return {
    id,
    place,
    responseId,
    endNs,
    durationMs,
    error,
    provider: usage.provider ?? quote.provider ?? unknownName,
    model: usage.responseModel ?? usage.model ?? unknownName,
    requestModel: usage.model,
    prompt: usage.prompt,
    completion: usage.completion,
    cacheRead,
    cacheWrite,
    cacheHit: cacheRead > 0 || usage.cacheHit,
    reasoning: usage.reasoning,
    parts: usage.parts ?? null,
    account: usage.account ?? null,
    costNano,
    unpriced,
    price: rowPrice,
  }
}

/** A cost that the sender states goes before a price. */
function costOf(
  stated: number | null,
  quote: PriceQuote,
): Pick<UsageRow, 'costNano' | 'unpriced'> & { price: RowPrice } {
  if (stated !== null) {
    const parts = stated === 0 ? {} : { stated }
    return { costNano: BigInt(stated), unpriced: false, price: { source: 'stated', listDate: null, parts } }
  }
  const { costNano, source, parts } = quote
  const listDate = source === 'list' ? priceListVersion.date : null
  return { costNano: BigInt(costNano ?? 0), unpriced: costNano === null, price: { source, listDate, parts } }
}

function callReport(node: Node, { id, place, usage }: Pick<BilledCall, 'id' | 'place' | 'usage'>): CallReport {
  const { source, origin, spanKind, error } = node.facts
  const { startNs, endNs } = timesOf(node)
  const { responseId } = node.usageState
  const { trust } = callIdentityOf(node)
  const durationMs = statedDuration(node.facts)
  const call = { source, origin, spanKind, startNs, endNs, durationMs, error }
  return { id, place, ...call, usage: { ...usage, responseId, trust } }
}

/** Each part of the billed account from the first report that states it. */
function accountIn(reports: readonly Usage[]): Pick<Usage, 'account'> {
  const all = reports.flatMap(({ account }) => account ?? [])
  if (all.length === 0) return {}
  const stated = (part: keyof BillingAccount) => all.find((account) => account[part] !== null)?.[part] ?? null
  return { account: { apiKey: stated('apiKey'), project: stated('project') } }
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
  if (others.length === 0) return usage
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
    ...accountIn(reports),
  }
}

/**
 * The other reports of a node's usage with the same counters: its duplicates, the most trusted first, then the usages
 * above it that it covers, then those that its duplicates cover. They depend only on the duplicates of the node, and on
 * what is above it and them.
 */
function otherReports(node: Node): readonly Usage[] {
  const own = node.facts.usage!
  const duplicates = own.role === 'call' ? sortByTrust(duplicatesOf(node)) : []
  if (duplicates.length === 0 && !hasUsageAbove(node)) return noReports
  const reports = [...duplicates.map(({ facts }) => facts.usage!), ...[node, ...duplicates].flatMap(coveredAbove)]
  return reports.filter((usage) => haveSameCounters(usage, own))
}

const noReports: readonly Usage[] = []

function hasUsageAbove({ inherited: { callAbove, usageAbove } }: Node): boolean {
  return callAbove !== null || usageAbove !== null
}

/** The usages of reports, the most trusted first. */
export function usagesByTrust(reports: readonly TrustedReport[]): Usage[] {
  return sortByTrust(reports).map(({ facts }) => facts.usage!)
}

interface TrustedReport {
  readonly facts: { readonly id: string; readonly usage: Usage | null }
}

function sortByTrust<Report extends TrustedReport>(reports: readonly Report[]): Report[] {
  return [...reports].sort(({ facts: a }, { facts: b }) => b.usage!.trust - a.usage!.trust || (a.id < b.id ? -1 : 1))
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
