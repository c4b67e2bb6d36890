import type { Usage } from '../../map/facts/facts.ts'
import type { IdDecision, IdReport, SharedCall } from '../model/shared-call.ts'
import { spanKindRank } from '../usage/deduplicate-calls.ts'
import { completeUsage, haveSameCounters } from '../usage/usage-row.ts'
import { drawnBits, strongBits } from './trusted-id.ts'

/**
 * The most traces that may mention one id. An id in more of them is no call's: a server draws it from few, a client states
 * its session, or a test repeats recorded answers.
 */
export const mostTracesOfId = 64

/** How far the starts of two reports may be apart where their id alone does not say that they are one call. */
const nearNs = 600_000_000_000n

/** Decides which of the rows with one id stay (docs/design.md §4.7). The result does not depend on the order of `traces` and `reports`. */
export function sharedCall(id: string, traces: Iterable<string>, reports: readonly IdReport[]): SharedCall {
  const sorted = [...traces].sort()
  if (areTooMany(sorted)) return { id, traces: sorted, reports: [], decisions: new Map() }
  const ranked = [...reports].sort(compareReports)
  const decisions = new Map<string, IdDecision>()
  for (const cluster of clustersOf(ranked, drawnBits(id) >= strongBits)) decide(id, cluster, decisions)
  return { id, traces: sorted, reports: ranked, decisions }
}

/** Whether more traces mention one id than a call has reports. */
export function areTooMany(traces: readonly string[]): boolean {
  return traces.length > mostTracesOfId
}

/**
 * The better report comes first: that of a run's trace, a call before a poll or copy of it, the more trusted one, a span before a record before messages, the
 * span kinds CLIENT, INTERNAL, SERVER, the last state of a response that was fetched again and again, the earlier one.
 */
export function compareReports(a: IdReport, b: IdReport): number {
  return (
    (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0) ||
    a.place - b.place ||
    rankOf(a) - rankOf(b) ||
    b.trust - a.trust ||
    sources.indexOf(a.source) - sources.indexOf(b.source) ||
    spanKindRank(a.spanKind) - spanKindRank(b.spanKind) ||
    (b.usage?.completion ?? 0) - (a.usage?.completion ?? 0) ||
    (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0) ||
    (a.row < b.row ? -1 : a.row > b.row ? 1 : 0)
  )
}

/** A poll repeats a call, and a copy repeats either. */
function rankOf({ usage }: IdReport): number {
  return usage?.role === 'copy' ? 2 : usage?.role === 'poll' ? 1 : 0
}

const sources: readonly IdReport['source'][] = ['span', 'record', 'messages']

/** Groups the reports of one call or tool run, the best of them first. */
function clustersOf(ranked: readonly IdReport[], isStrong: boolean): IdReport[][] {
  const clusters: IdReport[][] = []
  for (const report of ranked) {
    const cluster = clusters.find(([best]) => areSame(best!, report, isStrong))
    if (cluster === undefined) clusters.push([report])
    else cluster.push(report)
  }
  return clusters
}

/** Whether two reports with one trusted id are of one call or tool run. */
function areSame(a: IdReport, b: IdReport, isStrong: boolean): boolean {
  if (a.kind !== b.kind) return false
  // two spans of one trace with one tool call id are two runs, as the trace has decided
  if (a.kind === 'tool') return a.trace !== b.trace && (isStrong || areNear(a, b))
  const [one, other] = [a.usage!, b.usage!]
  if (one.class !== other.class) return false
  // one instrumentation counts all states of a response alike: with another prompt it is another call
  if (a.origin === b.origin && a.source === b.source && one.prompt !== other.prompt) return false
  if (isStrong) return true
  const agree = one.prompt === other.prompt || one.completion === other.completion
  return agree && areNear(a, b) && areOfOneModel(one, other)
}

function areNear(a: IdReport, b: IdReport): boolean {
  const apart = a.startNs - b.startNs
  return apart < nearNs && apart > -nearNs
}

function areOfOneModel(a: Usage, b: Usage): boolean {
  const [one, other] = [modelFamily(a), modelFamily(b)]
  return one === '' || other === '' || one.startsWith(other) || other.startsWith(one)
}

/** The name of a model without the path of its seller before it (`openrouter/anthropic/…`). */
function modelFamily({ model, responseModel }: Usage): string {
  const name = (responseModel ?? model ?? '').toLowerCase()
  return name.slice(name.lastIndexOf('/') + 1)
}

function decide(id: string, cluster: readonly IdReport[], decisions: Map<string, IdDecision>): void {
  const [best] = cluster
  if (cluster.length === 1) return
  for (const report of cluster) {
    const others = cluster.filter((other) => other !== report)
    const [better, usage] = report === best ? [null, usageOfAll(cluster)] : [best!, null]
    decisions.set(report.row, { id, node: report.node, better, usage, others })
  }
}

/**
 * The usage of a call after all its reports: that of the best, but for the counters of the last state where the same
 * prompt has got a longer completion.
 */
function usageOfAll(cluster: readonly IdReport[]): Usage | null {
  const usages = cluster.flatMap(({ usage }) => usage ?? [])
  const [best] = usages
  if (best === undefined) return null
  const states = usages.filter(({ prompt }) => prompt === best.prompt)
  const last = states.reduce((a, b) => (b.completion > a.completion ? b : a))
  const { provider, model, responseModel, responseId } = best
  const base = last === best ? best : { ...last, provider, model, responseModel, responseId }
  return completeUsage(
    base,
    usages.filter((usage) => usage !== last && haveSameCounters(usage, base)),
  )
}
