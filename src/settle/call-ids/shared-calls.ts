import { isDeepStrictEqual } from 'node:util'
import type { Node } from '../model/node.ts'
import type { IdDecision, IdReport, SharedCall } from '../model/shared-call.ts'
import type { Trace } from '../model/trace.ts'
import { responseKey } from '../usage/deduplicate-calls.ts'
import { compareReports, sharedCall } from './deduplicate-by-id.ts'
import { reportsOf, tracePlace } from './reports-by-id.ts'
import { trustedIdsIn } from './trusted-id.ts'

/** A trace, and the nodes whose rows may differ from those that are written. */
export interface DirtyTrace {
  readonly trace: Trace
  readonly dirty: Set<Node>
}

/** Applies what shared calls decide to the traces that mention them. */
export function applySharedCalls(traces: readonly DirtyTrace[], calls: readonly SharedCall[]): void {
  for (const { trace, dirty } of traces) {
    const own = calls.filter(({ traces: mentioning }) => mentioning.includes(trace.id))
    if (own.length === 0) continue
    for (const call of own) trace.sharedCalls.set(call.id, call)
    const before = trace.idDecisions
    trace.idDecisions = decisionsOf(trace)
    for (const row of new Set([...before.keys(), ...trace.idDecisions.keys()])) {
      const [old, now] = [before.get(row), trace.idDecisions.get(row)]
      const node = trace.nodes.get((now ?? old)!.node)
      if (node !== undefined && !isDeepStrictEqual(old, now)) dirty.add(node)
    }
  }
}

/** The decisions about the rows of a trace. A call may have several ids: one of them is enough to find a better report. */
function decisionsOf(trace: Trace): Map<string, IdDecision> {
  const decisions = new Map<string, IdDecision>()
  const ids = [...trace.sharedCalls.keys()].sort()
  for (const id of ids) {
    const call = trace.sharedCalls.get(id)!
    for (const { row, trace: of } of call.reports) {
      const decision = of === trace.id ? call.decisions.get(row) : undefined
      if (decision === undefined) continue
      const known = decisions.get(row)
      if (known === undefined || isStronger(decision, known)) decisions.set(row, decision)
    }
  }
  return decisions
}

/** Drops the ids that no node of a trace mentions any more, with what they decided. */
export function recollectCallIds(trace: Trace): void {
  trace.callIds.clear()
  for (const { facts } of trace.nodes.values())
    for (const id of trustedIdsIn(facts, trace.callIds)) trace.callIds.add(id)
  for (const id of trace.sharedCalls.keys()) if (!trace.callIds.has(id)) trace.sharedCalls.delete(id)
  trace.idDecisions = decisionsOf(trace)
}

/** Decides about ids of which all traces that mention them are given, by id. */
export function decideCalls(traces: ReadonlyMap<string, Trace>, ids: readonly MentionedId[]): SharedCall[] {
  return ids.map(({ id, traces: mentioning }) => {
    const reports = [...mentioning].flatMap((one) => {
      const trace = traces.get(one)!
      return trace.isRun ? reportsOf(trace, id, tracePlace(trace)) : []
    })
    return sharedCall(id, mentioning, reports)
  })
}

function isStronger(one: IdDecision, other: IdDecision): boolean {
  if (one.better === null) return false
  return other.better === null || compareReports(one.better, other.better) < 0
}

/**
 * The ids with which no other trace is known, and that more than one call of the trace has: a response that was fetched
 * again. `nodes` are those whose calls may be other ones now.
 */
export function repeatedCalls(trace: Trace, nodes: Iterable<Node>): MentionedId[] {
  if (trace.callIds.size === 0) return []
  const ids = new Set<string>()
  for (const { id, traces } of trace.sharedCalls.values()) if (traces.length === 1) ids.add(id)
  for (const { facts, usageState } of nodes) {
    const id = usageState.responseId
    if (facts.usage?.role !== 'call' || id === null || !trace.callIds.has(id) || trace.sharedCalls.has(id)) continue
    const { members } = trace.callsByResponseId.get(responseKey(facts.usage, id))!
    if (members.size > 1 && [...members].filter(({ usageState: { counts } }) => counts).length > 1) ids.add(id)
  }
  return [...ids].map((id) => ({ id, traces: new Set([trace.id]) }))
}

/** The shared calls that result where some of their traces have changed. */
export interface ChangedCalls {
  readonly calls: readonly SharedCall[]
  /** The traces of changed calls that were not given. */
  readonly missing: ReadonlySet<string>
}

/** Decides about the ids that some of these traces have in common, and applies it. All traces that mention an id must be here. */
export function shareCalls(traces: readonly DirtyTrace[]): void {
  const mentioning = new Map<string, Set<string>>()
  for (const { trace } of traces)
    for (const id of trace.callIds) mentioning.set(id, (mentioning.get(id) ?? new Set()).add(trace.id))
  const ids = [...mentioning].map(([id, ofId]) => ({ id, traces: ofId })).filter((one) => one.traces.size > 1)
  applySharedCalls(traces, changedCalls(new Map(traces.map(({ trace }) => [trace.id, trace])), ids).calls)
}

/** A shared call with all traces that mention the id now. */
export interface MentionedId {
  readonly id: string
  readonly traces: ReadonlySet<string>
}

/**
 * Decides again about ids whose traces have changed. `traces` are those in memory, by id: the reports of others are taken as
 * they were. Returns the calls that are not what they were.
 */
export function changedCalls(traces: ReadonlyMap<string, Trace>, ids: readonly MentionedId[]): ChangedCalls {
  const places = new Map<Trace, number>()
  const placeOf = (trace: Trace) => {
    const place = places.get(trace) ?? tracePlace(trace)
    places.set(trace, place)
    return place
  }
  const calls: SharedCall[] = []
  const missing = new Set<string>()
  for (const { id, traces: mentioning } of ids) {
    const inMemory = [...mentioning].flatMap((one) => traces.get(one) ?? [])
    const before = knownCall(inMemory, id)
    const known = new Set(inMemory.map((one) => one.id))
    const reports: IdReport[] = [
      ...(before?.reports ?? []).filter(({ trace }) => !known.has(trace)),
      ...inMemory.flatMap((one) => (one.isRun ? reportsOf(one, id, placeOf(one)) : [])),
    ]
    const call = sharedCall(id, mentioning, reports)
    if (before !== undefined && isSame(before, call)) continue
    calls.push(call)
    for (const one of mentioning) if (!known.has(one)) missing.add(one)
  }
  return { calls, missing }
}

function knownCall(traces: readonly Trace[], id: string): SharedCall | undefined {
  for (const { sharedCalls } of traces) {
    const call = sharedCalls.get(id)
    if (call !== undefined) return call
  }
  return undefined
}

function isSame(before: SharedCall, after: SharedCall): boolean {
  return isDeepStrictEqual([before.traces, before.reports], [after.traces, after.reports])
}
