import type { Facts, Usage } from '../../map/facts/facts.ts'
import { compareStart } from '../model/order.ts'
import type { CallGroup, Node, Trace } from '../model/trace.ts'
import { coverReasonOf, responseIdOf, trustOf } from './nested-usage.ts'

/** A log record is written around its call, not at its start and end. */
const recordReachNs = 1_000_000_000n

/**
 * Finds among the uncovered calls of a trace those that report the same call side by side, after the calls in `touched`
 * came or were covered. Returns the nodes whose better twin is another one now, and their old and new ones.
 *
 * Equal response ids from different origins are one call; so are equal counters in overlapping time where one of the
 * two has no response id. Within one origin two calls are two, whatever their ids: some servers draw ids from a
 * thousand. Pairs are made one to one in the order of (start, id).
 */
export function matchDuplicates(trace: Trace, touched: Iterable<Node>): Set<Node> {
  const before = new Map<Node, Node | null>()
  const buckets = new Set<CallGroup>()
  for (const node of touched) {
    const usage = node.facts.usage
    if (usage?.role !== 'call') continue
    reset(node, before)
    buckets.add(enrol(trace.callsByCounters, countersKey(usage), node))
    for (const group of updateResponseId(trace, node, responseIdOf(node)))
      if (group.origins.size > 1) for (const bucket of bucketsOf(trace, group)) buckets.add(bucket)
  }
  for (const bucket of buckets) if (bucket.origins.size > 1) matchBucket(trace, bucket, before)
  const changed = new Set<Node>()
  for (const [node, twin] of before) {
    if (node.duplicateOf === twin) continue
    for (const concerned of [node, twin, node.duplicateOf]) if (concerned !== null) changed.add(concerned)
  }
  return changed
}

/** The lesser reports of the call that `node` is the best report of. */
export function duplicatesOf(trace: Trace, node: Node): Node[] {
  const usage = node.facts.usage!
  const near = [
    trace.callsByCounters.get(countersKey(usage)),
    trace.callsByResponseId.get(responseKey(usage, node.responseId)),
  ]
  const twins = new Set<Node>()
  for (const peers of near) {
    if (peers === undefined || peers.origins.size === 1) continue
    for (const other of peers.members) if (other.duplicateOf === node) twins.add(other)
  }
  return [...twins]
}

export function countersKey({ class: of, prompt, completion }: Usage): string {
  return `${of} ${prompt} ${completion}`
}

export function responseKey({ class: of }: Usage, responseId: string | null): string {
  return `${of} ${responseId}`
}

/** Finds the calls with this response id, and those with the one that the node had before it came below another call. */
function updateResponseId(trace: Trace, node: Node, responseId: string | null): CallGroup[] {
  const usage = node.facts.usage!
  const left =
    responseId === node.responseId ? undefined : trace.callsByResponseId.get(responseKey(usage, node.responseId))
  left?.members.delete(node)
  node.responseId = responseId
  const joined = responseId === null ? undefined : enrol(trace.callsByResponseId, responseKey(usage, responseId), node)
  return [left, joined].filter((group) => group !== undefined)
}

function enrol(index: Map<string, CallGroup>, key: string, node: Node): CallGroup {
  const peers = index.get(key) ?? { members: new Set(), origins: new Set() }
  index.set(key, peers)
  peers.members.add(node)
  peers.origins.add(originOf(node.facts))
  return peers
}

/** A group by response id is settled where the counters of its best call are; those of the others hear of its origins. */
function bucketsOf(trace: Trace, group: CallGroup): CallGroup[] {
  return [...group.members].map((member) => {
    const bucket = trace.callsByCounters.get(countersKey(member.facts.usage!))!
    for (const origin of group.origins) bucket.origins.add(origin)
    return bucket
  })
}

function matchBucket(trace: Trace, bucket: CallGroup, before: Map<Node, Node | null>): void {
  const calls = candidates(bucket)
  const clusters: Node[][] = []
  for (const call of calls) {
    if (call.responseId === null) continue
    const group = sameResponse(trace, call)
    if (best(group) === call) clusters.push([call, ...group.filter((other) => other !== call)])
  }
  for (const call of calls) {
    if (call.responseId !== null) continue
    const cluster = clusters.find((other) => canJoin(other, call))
    if (cluster === undefined) insertInOrder(clusters, [call])
    else cluster.push(call)
  }
  for (const cluster of clusters) elect(cluster, before)
}

/** The reports of this call by response id: the k-th of each origin belong together. */
function sameResponse(trace: Trace, call: Node): Node[] {
  const group = trace.callsByResponseId.get(responseKey(call.facts.usage!, call.responseId))!
  if (group.origins.size === 1) return [call]
  const count = new Map<string, number>()
  const clusters: Node[][] = []
  for (const other of candidates(group)) {
    const origin = originOf(other.facts)
    const k = count.get(origin) ?? 0
    count.set(origin, k + 1)
    const cluster = clusters[k]
    if (cluster === undefined) clusters.push([other])
    else cluster.push(other)
  }
  return clusters.find((cluster) => cluster.includes(call))!
}

function canJoin(cluster: readonly Node[], call: Node): boolean {
  const origin = originOf(call.facts)
  return cluster.every((other) => originOf(other.facts) !== origin) && overlap(cluster[0]!.facts, call.facts)
}

function insertInOrder(clusters: Node[][], cluster: Node[]): void {
  const at = clusters.findIndex((other) => compareStart(other[0]!, cluster[0]!) > 0)
  clusters.splice(at === -1 ? clusters.length : at, 0, cluster)
}

function elect(cluster: readonly Node[], before: Map<Node, Node | null>): void {
  const elected = best(cluster)
  for (const node of cluster) {
    reset(node, before)
    if (node !== elected) node.duplicateOf = elected
  }
}

function reset(node: Node, before: Map<Node, Node | null>): void {
  if (!before.has(node)) before.set(node, node.duplicateOf)
  node.duplicateOf = null
}

function best(cluster: readonly Node[]): Node {
  return cluster.reduce((a, b) => (isBetterReport(b, a) ? b : a))
}

/** More trust, then a span before a record, then CLIENT, INTERNAL, SERVER, then the smaller id. */
function isBetterReport(one: Node, other: Node): boolean {
  const [a, b] = [one.facts, other.facts]
  const [trustA, trustB] = [trustOf(one), trustOf(other)]
  if (trustA !== trustB) return trustA > trustB
  if (a.source !== b.source) return a.source === 'span'
  const [kindA, kindB] = [spanKindRank(a.spanKind), spanKindRank(b.spanKind)]
  return kindA === kindB ? a.id < b.id : kindA < kindB
}

function spanKindRank(kind: number): number {
  const rank = [3, 1, 2].indexOf(kind)
  return rank === -1 ? 3 : rank
}

function candidates({ members }: CallGroup): Node[] {
  return [...members].filter((node) => coverReasonOf(node) === null).sort(compareStart)
}

function originOf({ source, origin }: Facts): string {
  return `${source} ${origin}`
}

function overlap(a: Facts, b: Facts): boolean {
  const [fromA, toA] = interval(a)
  const [fromB, toB] = interval(b)
  return fromA <= toB && fromB <= toA
}

function interval({ source, startNs, endNs }: Facts): [bigint, bigint] {
  return source === 'span' ? [startNs, endNs] : [startNs - recordReachNs, endNs + recordReachNs]
}
