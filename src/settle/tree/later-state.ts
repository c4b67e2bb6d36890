import type { Facts, ToolRun } from '../../map/facts/facts.ts'
import type { Node } from '../model/node.ts'
import { hasTimes } from '../model/time/node-times.ts'
import type { Trace } from '../model/trace.ts'

/**
 * Whether the facts of a node only add to the version before, as those of a span that was sent when it began, and is sent
 * again when it has ended. Nothing that was derived from the former version has to be taken back then: it had no usage and
 * no messages, and all by which nodes are linked, and tools are matched, is as it was.
 */
export function isLaterState(trace: Trace, { facts, children }: Node, before: Facts): boolean {
  const { usage, unknownUsage, asks, answers } = before
  if (usage !== null || unknownUsage !== null || asks.length > 0 || answers.length > 0) return false
  if (!isSamePlace(facts, before) || !isSameTool(trace, facts.tool, before.tool)) return false
  return hasTimes(before) && hasTimes(facts) && children.every((child) => hasTimes(child.facts))
}

function isSamePlace(a: Facts, b: Facts): boolean {
  return (
    a.parent === b.parent &&
    a.kind === b.kind &&
    a.startNs === b.startNs &&
    a.origin === b.origin &&
    a.spanKind === b.spanKind &&
    a.workflowId === b.workflowId &&
    a.agent === b.agent &&
    a.run === null &&
    b.run === null
  )
}

/** Spans of a tool that are found by their times have to be found again when these change. */
function isSameTool({ toolSpans }: Trace, a: ToolRun | null, b: ToolRun | null): boolean {
  if (a === null || b === null) return a === b
  if (a.name !== null && toolSpans.get(a.name)?.times != null) return false
  return (
    a.name === b.name &&
    a.callId === b.callId &&
    a.input === b.input &&
    a.likeness === b.likeness &&
    a.isMcp === b.isMcp
  )
}
