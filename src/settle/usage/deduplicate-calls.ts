import type { Usage } from '../../map/facts/facts.ts'
import type { CallGroup, CallIndex, ReportedCall } from '../model/time/call-index.ts'
import { compareStart } from '../model/time/sort-by-start.ts'
import { addMember, type Interval, membersAround } from '../model/time/time-index.ts'
import type { SmallMap } from '../small/small-map.ts'
import { SmallSet } from '../small/small-set.ts'
import type { CallIdentity } from './nested-usage.ts'

/** How far the interval of a log record reaches beyond its time: a record is written around its call, not at its ends. */
const recordReachNs = 1_000_000_000n

/**
 * Finds the reports of one model call that lie side by side in the tree (docs/design.md §4.2). `touched` are the calls
 * that arrived or whose ancestors or descendants changed. Only those are matched again that have the same counters and
 * are connected with one of them in time: no other can be a report of the same call. Returns the calls whose
 * `duplicateOf` changed, and the old and new better reports of these.
 *
 * Two reports with one response id and different origins are one call. So are two with equal counters and overlapping
 * times if one of the two has no response id. Two reports of one origin are two calls, whatever their ids, because some
 * servers draw their response ids from a thousand. Reports are paired one to one in the order of (start, id).
 */
export function matchDuplicates<Call extends ReportedCall<Call>>(
  index: CallIndex<Call>,
  touched: Iterable<Call>,
  identify: (call: Call) => CallIdentity,
): Set<Call> {
  const before = new Map<Call, Call | null>()
  const touchedIn = new Map<CallGroup<Call>, Call[]>()
  const touch = (group: CallGroup<Call>, call: Call) => {
    const calls = touchedIn.get(group)
    if (calls === undefined) touchedIn.set(group, [call])
    else calls.push(call)
  }
  for (const call of touched) {
    const { usage } = call.facts
    if (usage?.role !== 'call') continue
    clearDuplicate(call, before)
    touch(addToGroup(index.callsByCounters, countersKey(usage), call), call)
    for (const group of updateResponseId(index, call, identify(call))) touchResponse(index, group, touch)
  }
  for (const [group, calls] of touchedIn)
    if (group.origins.size > 1) matchCalls(index, membersAround(group, calls, interval), before)
  return changedCalls(before)
}

function changedCalls<Call extends ReportedCall<Call>>(before: ReadonlyMap<Call, Call | null>): Set<Call> {
  const changed = new Set<Call>()
  for (const [call, better] of before) {
    const { duplicateOf } = call.usageState
    if (duplicateOf === better) continue
    for (const concerned of [call, better, duplicateOf]) if (concerned !== null) changed.add(concerned)
  }
  return changed
}

/** The other reports of the call of which `call` is the best report. */
export function duplicatesOf<Call extends ReportedCall<Call>>({ usageState: { duplicates } }: Call): readonly Call[] {
  return duplicates ?? []
}

/** The key of a call in `callsByCounters`; also stored with the reports of a workflow. */
export function countersKey({ class: usageClass, prompt, completion }: Usage): string {
  return `${usageClass} ${prompt} ${completion}`
}

/** The key of a call in `callsByResponseId`; also stored with the reports of a workflow. */
export function responseKey({ class: usageClass }: Pick<Usage, 'class'>, responseId: string | null): string {
  return `${usageClass} ${responseId}`
}

/**
 * Puts a call into the group of its response id. Returns that group, and the group of another response id that the call
 * had before, while a report above it was not known.
 */
function updateResponseId<Call extends ReportedCall>(
  { callsByResponseId }: CallIndex<Call>,
  call: Call,
  { responseId, trust }: CallIdentity,
): CallGroup<Call>[] {
  const { facts, usageState } = call
  const groups: CallGroup<Call>[] = []
  if (responseId !== usageState.responseId) {
    const left = callsByResponseId.get(responseKey(facts.usage!, usageState.responseId))
    left?.members.delete(call)
    if (left !== undefined) groups.push(left)
  }
  usageState.responseId = responseId
  usageState.trust = trust
  if (responseId !== null) groups.push(addToGroup(callsByResponseId, responseKey(facts.usage!, responseId), call))
  return groups
}

function addToGroup<Call extends ReportedCall>(
  groups: SmallMap<string, CallGroup<Call>>,
  key: string,
  call: Call,
): CallGroup<Call> {
  let group = groups.get(key)
  if (group === undefined) {
    group = { members: new SmallSet(), origins: new SmallSet(), times: null }
    groups.set(key, group)
  }
  addMember(group, call, interval)
  group.origins.add(originOf(call))
  return group
}

/**
 * Touches the calls of a response id in their groups by counters, where they are matched. Each of these groups learns the
 * origins of the calls, so that it is matched even if its own members have one origin.
 */
function touchResponse<Call extends ReportedCall>(
  { callsByCounters }: CallIndex<Call>,
  { members, origins }: CallGroup<Call>,
  touch: (group: CallGroup<Call>, call: Call) => void,
): void {
  if (origins.size === 1) return
  for (const member of members) {
    const group = callsByCounters.get(countersKey(member.facts.usage!))!
    for (const origin of origins) group.origins.add(origin)
    touch(group, member)
  }
}

/**
 * Matches calls with the same counters. First, each best report of a response id that has these counters makes a
 * cluster with its duplicates, which may have other counters. Then each call without a response id joins the first
 * cluster in the order of time that has none of its origin and overlaps it.
 */
function matchCalls<Call extends ReportedCall<Call>>(
  index: CallIndex<Call>,
  members: Iterable<Call>,
  before: Map<Call, Call | null>,
): void {
  const calls = uncovered(members)
  const clusters: Call[][] = []
  for (const call of calls) {
    if (call.usageState.responseId === null) continue
    const reports = reportsOfResponse(index, call)
    if (bestOf(reports) === call) clusters.push([call, ...reports.filter((other) => other !== call)])
  }
  for (const call of calls) {
    if (call.usageState.responseId !== null) continue
    const cluster = clusters.find((other) => canJoin(other, call))
    if (cluster === undefined) insertInOrder(clusters, [call])
    else cluster.push(call)
  }
  for (const cluster of clusters) markDuplicates(cluster, before)
}

/** The reports of the call of `call` by response id: the k-th reports of all origins are one call. */
function reportsOfResponse<Call extends ReportedCall>(index: CallIndex<Call>, call: Call): Call[] {
  const group = index.callsByResponseId.get(responseKey(call.facts.usage!, call.usageState.responseId))!
  if (group.origins.size === 1) return [call]
  const seen = new Map<string, number>()
  const clusters: Call[][] = []
  for (const other of uncovered(group.members)) {
    const origin = originOf(other)
    const k = seen.get(origin) ?? 0
    seen.set(origin, k + 1)
    const cluster = clusters[k]
    if (cluster === undefined) clusters.push([other])
    else cluster.push(other)
  }
  return clusters.find((cluster) => cluster.includes(call))!
}

function canJoin(cluster: readonly ReportedCall[], call: ReportedCall): boolean {
  const origin = originOf(call)
  return cluster.every((other) => originOf(other) !== origin) && overlap(cluster[0]!, call)
}

function insertInOrder<Call extends ReportedCall>(clusters: Call[][], cluster: Call[]): void {
  const at = clusters.findIndex((other) => compareStart(other[0]!, cluster[0]!) > 0)
  clusters.splice(at === -1 ? clusters.length : at, 0, cluster)
}

/** Makes all calls of a cluster duplicates of its best report. */
function markDuplicates<Call extends ReportedCall<Call>>(
  cluster: readonly Call[],
  before: Map<Call, Call | null>,
): void {
  const best = bestOf(cluster)
  for (const call of cluster) {
    clearDuplicate(call, before)
    if (call !== best) call.usageState.duplicateOf = best
  }
  if (cluster.length > 1) best.usageState.duplicates = cluster.filter((call) => call !== best)
}

/** Forgets the better report of a call. `before` keeps what `duplicateOf` was at the start. */
function clearDuplicate<Call extends ReportedCall<Call>>(call: Call, before: Map<Call, Call | null>): void {
  if (!before.has(call)) before.set(call, call.usageState.duplicateOf)
  call.usageState.duplicateOf = null
  call.usageState.duplicates = null
}

function bestOf<Call extends ReportedCall>(cluster: readonly Call[]): Call {
  return cluster.reduce((a, b) => (isBetterReport(b, a) ? b : a))
}

/** More trust wins, then a span before a record, then the span kinds CLIENT, INTERNAL, SERVER, then the smaller id. */
function isBetterReport(one: ReportedCall, other: ReportedCall): boolean {
  const [a, b] = [one.facts, other.facts]
  if (one.usageState.trust !== other.usageState.trust) return one.usageState.trust > other.usageState.trust
  if (a.source !== b.source) return a.source === 'span'
  const [kindA, kindB] = [spanKindRank(a.spanKind), spanKindRank(b.spanKind)]
  return kindA === kindB ? a.id < b.id : kindA < kindB
}

/** OTLP's SpanKind: 3 is CLIENT, 1 INTERNAL, 2 SERVER. */
const spanKindsInOrder = [3, 1, 2]

/** Of the span kinds the report of which is believed: the smaller rank. */
export function spanKindRank(kind: number): number {
  const rank = spanKindsInOrder.indexOf(kind)
  return rank === -1 ? spanKindsInOrder.length : rank
}

/** The calls that no call below covers, in the order of (start, id). */
function uncovered<Call extends ReportedCall>(members: Iterable<Call>): Call[] {
  return [...members].filter(({ usageState }) => !usageState.hasSameCallBelow).sort(compareStart)
}

/** Where a report comes from: a span and a record of one scope and service are two origins. */
export function originOf({ facts: { source, origin } }: ReportedCall): string {
  // most are spans, and no origin has a NUL (R98)
  return source === 'span' ? origin : `${source}\0${origin}`
}

/** Whether two reports overlap in time. */
export function overlap(a: ReportedCall, b: ReportedCall): boolean {
  const [one, other] = [interval(a), interval(b)]
  return one.fromNs <= other.toNs && other.fromNs <= one.toNs
}

/** The time within which other reports of the call may lie. */
export function interval({ facts: { source, startNs, endNs } }: ReportedCall): Interval {
  const reach = source === 'span' ? 0n : recordReachNs
  return { fromNs: startNs - reach, toNs: endNs + reach }
}
