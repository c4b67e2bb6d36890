import type { Usage, UsageRole } from '../../map/facts/facts.ts'
import { changedUsage } from '../model/new-node.ts'
import type { Node } from '../model/node.ts'
import { compareStart } from '../model/time/sort-by-start.ts'
import { newTimeIndex } from '../model/time/time-index.ts'
import type { Trace, UnknownCalls } from '../model/trace.ts'
import { interval, originOf, overlap, responseKey } from './deduplicate-calls.ts'

/**
 * Whether a node is a model call that was answered and of which no report says what it used. A usage below, above or
 * beside it is that of the call, or counts it in a sum; of several reports without usage the outermost, or earliest, is
 * the call.
 */
export function isUncounted({ facts, inherited, usageState }: Node): boolean {
  if (facts.unknownUsage === null || (facts.usage !== null && !usageState.counts)) return false
  if (usageState.tokensBelow > 0 || usageState.hasReportBeside) return false
  return !inherited.hasTokensAbove && !inherited.hasUnknownAbove
}

function isUnknownCall({ facts }: Node): boolean {
  return facts.unknownUsage !== null
}

/**
 * Notes the calls of unknown usage among the arrived nodes, and which of all such calls have another report beside them
 * now; returns the latter. It looks at reports of one response id and of one time, and at nothing in traces whose calls
 * all have a usage.
 */
export function trackUnknownCalls(trace: Trace, arrived: readonly Node[]): Set<Node> {
  const changed = new Set<Node>()
  if (trace.unknownCalls === null && !arrived.some(isUnknownCall)) return changed
  const added = trace.unknownCalls === null ? allReports(trace, arrived) : arrived.filter(mayTell)
  trace.unknownCalls ??= { byResponseId: new Map(), byTime: new Map() }
  for (const node of added) addReport(trace.unknownCalls, node)
  for (const node of added) {
    for (const other of reportsBeside(trace.unknownCalls, node)) {
      const unknown = lesserOf(node, other)
      if (unknown === null || unknown.usageState.hasReportBeside || !areOneCall(node, other)) continue
      changedUsage(unknown).hasReportBeside = true
      changed.add(unknown)
    }
  }
  return changed
}

/** Whether a node is a call of unknown usage, or reports a usage that may be the usage of such a call. */
function mayTell({ facts: { usage, unknownUsage } }: Node): boolean {
  return unknownUsage !== null || (usage !== null && rolesOfCalls.has(usage.role))
}

const rolesOfCalls: ReadonlySet<UsageRole> = new Set(['call', 'poll', 'copy'])

/** Returns the reports of a trace with the first call of unknown usage, the arrived ones included. */
function allReports(trace: Trace, arrived: readonly Node[]): Set<Node> {
  const groups = [...trace.callsByCounters.values()].map(({ members }) => members)
  const reports = new Set(arrived.filter(mayTell))
  for (const members of [...groups, ...trace.secondaryReports.values()]) for (const node of members) reports.add(node)
  return reports
}

function addReport({ byResponseId, byTime }: UnknownCalls, node: Node): void {
  const report = reportOf(node)
  if (report.responseId !== null) {
    const key = responseKey(report, report.responseId)
    const others = byResponseId.get(key)
    if (others === undefined) byResponseId.set(key, [node])
    else others.push(node)
  }
  const times = byTime.get(report.class) ?? newTimeIndex<Node>()
  byTime.set(report.class, times)
  times.add(node, interval(node))
}

/** Returns the nodes that may report the call of a node. */
function reportsBeside({ byResponseId, byTime }: UnknownCalls, node: Node): readonly Node[] {
  const report = reportOf(node)
  const atOnce = byTime.get(report.class)!.overlapping(interval(node))
  if (report.responseId === null) return atOnce
  return [...byResponseId.get(responseKey(report, report.responseId))!, ...atOnce]
}

/** Of two reports of one call, the one whose usage is unknown, of two such ones the later; null where both state a usage. */
function lesserOf(a: Node, b: Node): Node | null {
  if (a.facts.unknownUsage === null) return b.facts.unknownUsage === null ? null : b
  if (b.facts.unknownUsage === null) return a
  return compareStart(a, b) < 0 ? b : a
}

/** Whether two nodes may report one call: by their response ids, else two origins report calls at one time. */
function areOneCall(a: Node, b: Node): boolean {
  const [one, other] = [reportOf(a), reportOf(b)]
  if (a === b || one.class !== other.class) return false
  if (one.responseId !== null && other.responseId !== null) return one.responseId === other.responseId
  return originOf(a) !== originOf(b) && overlap(a, b)
}

function reportOf({ facts: { usage, unknownUsage } }: Node): Pick<Usage, 'class' | 'responseId'> {
  return (unknownUsage ?? usage)!
}
