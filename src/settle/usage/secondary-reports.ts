import type { UsageRole } from '../../map/facts/facts.ts'
import { changedUsage } from '../model/new-node.ts'
import type { Node } from '../model/node.ts'
import { compareStart } from '../model/time/sort-by-start.ts'
import type { Trace } from '../model/trace.ts'
import { countersKey, overlap, responseKey } from './deduplicate-calls.ts'
import { callIdentityOf, coverReasonOf } from './nested-usage.ts'

/** The roles whose reports count only where the trace has no other report of the call. */
const secondaryRoles: ReadonlySet<UsageRole> = new Set(['poll', 'copy'])

/**
 * The keys under which these nodes may be reports of one call with a secondary report: those of calls, and of the
 * secondary reports themselves. Both are asked for before and after the calls are matched, which may change their ids.
 */
export function secondaryKeys(trace: Trace, touched: Iterable<Node>): Set<string> {
  const keys = new Set<string>()
  for (const node of touched) {
    const { usage } = node.facts
    if (usage === null) continue
    if (secondaryRoles.has(usage.role)) for (const key of addReport(trace, node)) keys.add(key)
    else if (usage.role === 'call' && trace.secondaryReports.size > 0) for (const key of keysOf(node)) keys.add(key)
  }
  return keys
}

/**
 * Decides which secondary reports with these keys are repetitions: a copy of a call that another report shows, and all
 * polls of a response but the last one, which has its final counters. Returns the nodes whose `duplicateOf` changed, and
 * the better reports of these.
 */
export function matchSecondaryReports(trace: Trace, keys: Iterable<string>): Set<Node> {
  const reports = new Set<Node>()
  for (const key of keys) for (const node of trace.secondaryReports.get(key) ?? []) reports.add(node)
  const changed = new Set<Node>()
  for (const node of reports) {
    const before = node.usageState.duplicateOf
    const better = coverReasonOf(node) === null ? betterReport(trace, node) : null
    if (before === better) continue
    changedUsage(node).duplicateOf = better
    for (const concerned of [node, before, better]) if (concerned !== null) changed.add(concerned)
  }
  return changed
}

/** Indexes a secondary report. Returns its keys. */
function addReport(trace: Trace, node: Node): string[] {
  Object.assign(changedUsage(node), { responseId: node.facts.usage!.responseId, trust: callIdentityOf(node).trust })
  const keys = keysOf(node)
  for (const key of keys) {
    const group = trace.secondaryReports.get(key)
    if (group === undefined) trace.secondaryReports.set(key, new Set([node]))
    else group.add(node)
  }
  return keys
}

function keysOf({ facts, usageState }: Node): string[] {
  const usage = facts.usage!
  const { responseId } = usageState
  return responseId === null ? [countersKey(usage)] : [countersKey(usage), responseKey(usage, responseId)]
}

function betterReport(trace: Trace, node: Node): Node | null {
  const { role, responseId } = node.facts.usage!
  const calls =
    responseId === null ? undefined : trace.callsByResponseId.get(responseKey(node.facts.usage!, responseId))
  const call = firstOf(calls?.members ?? [])
  if (call !== null) return call
  return role === 'poll' ? lastPoll(trace, node) : (callWithCounters(trace, node) ?? earlierCopy(trace, node))
}

/** The call with the counters of a copy at its time, where not both have a response id. */
function callWithCounters(trace: Trace, copy: Node): Node | null {
  const { usage } = copy.facts
  const calls = trace.callsByCounters.get(countersKey(usage!))?.members ?? []
  return firstOf(
    [...calls].filter(
      (call) => (usage!.responseId === null || call.usageState.responseId === null) && overlap(call, copy),
    ),
  )
}

/** The last poll of a response, where it is another one. */
function lastPoll(trace: Trace, poll: Node): Node | null {
  const last = othersLike(trace, poll).reduce((a, b) => (isLaterPoll(b, a) ? b : a), poll)
  return last === poll ? null : last
}

function isLaterPoll({ facts: a }: Node, { facts: b }: Node): boolean {
  return a.endNs === b.endNs ? a.id < b.id : a.endNs > b.endNs
}

/** The first of earlier copies with the response id of this one, from another reporter or of the same span. */
function earlierCopy(trace: Trace, copy: Node): Node | null {
  const { origin, parent } = copy.facts
  const others = othersLike(trace, copy).filter(
    (other) => compareStart(other, copy) < 0 && (other.facts.origin !== origin || other.facts.parent === parent),
  )
  return firstOf(others)
}

/** The other reports with the role and the response id of this one that no usage above or below covers. */
function othersLike(trace: Trace, node: Node): Node[] {
  const { role, responseId } = node.facts.usage!
  if (responseId === null) return []
  const group = trace.secondaryReports.get(responseKey(node.facts.usage!, responseId)) ?? []
  return [...group].filter(
    (other) => other !== node && other.facts.usage!.role === role && coverReasonOf(other) === null,
  )
}

function firstOf(nodes: Iterable<Node>): Node | null {
  let first: Node | null = null
  for (const node of nodes) if (first === null || compareStart(node, first) < 0) first = node
  return first
}
