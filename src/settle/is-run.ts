import type { Facts } from '../map/facts/facts.ts'
import type { Node } from './model/node.ts'
import type { Trace } from './model/trace.ts'

/**
 * Whether something in the trace is recognised, which makes it a run (docs/design.md §3.2). A better version of a span
 * may be the only recognised one, or may have replaced it, so after a replacement all nodes are looked at.
 */
export function hasRecognised(trace: Trace, changed: readonly Node[], isReplaced: boolean): boolean {
  if (trace.isRun && !isReplaced) return true
  const candidates = trace.isRun ? trace.nodes.values() : changed
  for (const { facts } of candidates) if (isRecognised(facts)) return true
  return false
}

/**
 * Whether a span or record is part of agent work: by its kind, or because it names a workflow. The span of an MCP server
 * is not: a client ran the tool that it served.
 */
export function isRecognised(facts: Facts): boolean {
  if (facts.workflowId !== null) return true
  return facts.kind !== 'plain' && !isServed(facts)
}

function isServed({ source, spanKind, tool }: Facts): boolean {
  return source === 'span' && spanKind === serverKind && tool?.isMcp === true
}

/** OTLP's SpanKind SERVER. */
const serverKind = 2
