import { compareStart, type NamedTool, type Node, sortByStart, type ToolCall } from '../model/node.ts'
import type { Trace } from '../model/trace.ts'

/** Which spans and calls go together differently now. */
export interface Melted {
  readonly spans: ReadonlySet<Node>
  readonly calls: ReadonlySet<ToolCall>
}

/** Stands for the name of the tools whose spans don't say it. */
export const nameless = ''

/** Enters a tool's span under its name. */
export function nameSpan(trace: Trace, span: Node): void {
  const { name, input, likeness = input } = span.facts.tool!
  toolName(trace, name ?? nameless).spans.set(span, likeness === null ? null : canonical(JSON.parse(likeness)))
}

/** Enters a call under its name and what the model asked with, in place of what was known before. */
export function nameCall(trace: Trace, call: ToolCall, name: string | null, input: string | null): void {
  if (call.name !== name && call.name !== null) {
    trace.toolsByName.get(call.name)!.calls.delete(call)
    if (call.matchedSpan !== null) call.matchedSpan.toolState.matchedCall = null
    call.matchedSpan = null
  }
  call.name = name
  if (name !== null) toolName(trace, name).calls.set(call, input === null ? [] : keysOf(JSON.parse(input)))
}

function toolName(trace: Trace, name: string): NamedTool {
  let known = trace.toolsByName.get(name)
  if (known === undefined) {
    known = { spans: new Map(), calls: new Map() }
    trace.toolsByName.set(name, known)
  }
  return known
}

/**
 * Finds the spans of calls that no id joins: many clients' tool spans have none, or another one than the messages do.
 * Within a name, one to one and in the order of time: first those with the same arguments (or their bare values), then
 * spans that don't say theirs. Last, spans that don't even name their tool take what is left, by the arguments alone.
 * `isOuter` leaves out the inner sides of other runs, and attempts that were repeated.
 */
export function melt(trace: Trace, names: Iterable<string>, isOuter: (span: Node) => boolean): Melted {
  const changed = { spans: new Set<Node>(), calls: new Set<ToolCall>() }
  const pair = (group: NamedTool): void => {
    const pairs = pairsOf(trace, group, isOuter)
    for (const call of group.calls.keys()) call.matchedSpan = null
    for (const [span, call] of pairs) call.matchedSpan = span
    for (const span of group.spans.keys()) {
      const call = pairs.get(span) ?? null
      if (span.toolState.matchedCall === call) continue
      changed.spans.add(span)
      for (const one of [span.toolState.matchedCall, call]) if (one !== null) changed.calls.add(one)
      span.toolState.matchedCall = call
    }
  }
  for (const name of names) {
    const group = trace.toolsByName.get(name)
    if (group !== undefined && name !== nameless) pair(group)
  }
  if (trace.toolsByName.has(nameless)) pair(leftOver(trace))
  return changed
}

/** The spans that don't name their tool, and the calls of all tools that no other span ran. */
function leftOver(trace: Trace): NamedTool {
  const spans = [...trace.toolsByName.get(nameless)!.spans].filter(([, key]) => key !== null)
  const calls = [...trace.toolsByName.values()].flatMap((group) => [...group.calls])
  return {
    spans: new Map(spans),
    calls: new Map(calls.filter(([{ matchedSpan: span }]) => span === null || span.facts.tool!.name === null)),
  }
}

function pairsOf(trace: Trace, { spans, calls }: NamedTool, isOuter: (span: Node) => boolean): Map<Node, ToolCall> {
  const pairs = new Map<Node, ToolCall>()
  const open = new Set(askedInOrder(calls.keys()))
  if (open.size === 0) return pairs
  const alike = new Map<string, Set<ToolCall>>()
  for (const call of open) {
    for (const key of calls.get(call)!) alike.set(key, (alike.get(key) ?? new Set()).add(call))
  }
  const pair = (span: Node, candidates: ReadonlySet<ToolCall> | undefined): void => {
    for (const call of candidates ?? []) {
      pairs.set(span, call)
      open.delete(call)
      for (const key of calls.get(call)!) alike.get(key)!.delete(call)
      return
    }
  }
  const lone = [...spans.keys()].filter((span) => !isNamed(trace, span) && isOuter(span)).sort(compareStart)
  for (const span of lone) if (spans.get(span) !== null) pair(span, alike.get(spans.get(span)!))
  for (const span of lone) if (spans.get(span) === null) pair(span, open)
  return pairs
}

/** Calls that a message asks for and no span names, in the order of their first asking. */
function askedInOrder(calls: Iterable<ToolCall>): ToolCall[] {
  return [...calls]
    .filter(({ spans, asks }) => spans.size === 0 && asks.size > 0)
    .map((call) => ({ call, first: sortByStart(call.asks)[0]! }))
    .sort((a, b) => compareStart(a.first, b.first) || (a.call.id < b.call.id ? -1 : 1))
    .map(({ call }) => call)
}

/** Some message knows the span by its id. */
function isNamed(trace: Trace, { facts }: Node): boolean {
  const call = facts.tool!.callId === null ? undefined : trace.toolCalls.get(facts.tool!.callId)
  return call !== undefined && call.asks.size + call.answers.size > 0
}

/** Under what a span of this call may be found: its arguments, their values, and the value alone if there is only one. */
function keysOf(asked: unknown): readonly string[] {
  const values: unknown[] = typeof asked === 'object' && asked !== null ? Object.values(asked) : []
  const [only] = values
  return [canonical(asked), canonical(values), ...(values.length === 1 ? [canonical(only)] : [])]
}

/** The same text for the same JSON, in whichever order its keys came. A number may have become text on its way. */
function canonical(json: unknown): string {
  return JSON.stringify(json, (_, value: unknown) => {
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  })
}
