import { changedTools } from '../model/new-node.ts'
import type { NamedTool, Node, ToolCall } from '../model/node.ts'
import { compareStart, sortByStart } from '../model/time/sort-by-start.ts'
import type { Trace } from '../model/trace.ts'
import { SmallMap } from '../small/small-map.ts'
import type { SmallSet } from '../small/small-set.ts'
import { unknownArguments } from './argument-keys.ts'
import { hasBetterSpan } from './inner-span.ts'
import { addTo, type TouchedKeys, touch, unnamed } from './tools-by-name.ts'

/** The spans and calls whose match is another one now. */
export interface ChangedMatches {
  readonly spans: Set<Node>
  readonly calls: Set<ToolCall>
}

/**
 * Matches tool spans with the calls that messages report under another id, as many clients do. All spans and calls
 * that share a touched key are matched again, so that the matches follow from what has arrived and not from its order
 * (law 2).
 *
 * The steps, each of which leaves the matches of the steps before as they are:
 * 1. spans with the name and the arguments of a call,
 * 2. spans with the name of a call and unknown arguments,
 * 3. spans without a name, with the arguments of a call,
 * 4. calls with each other (see `matchAliases`).
 *
 * The cost follows the number of spans and calls with the same arguments as what arrived; where a tool has spans with
 * unknown arguments, that of all its calls.
 */
export function matchToolCalls(trace: Trace, touched: TouchedKeys): ChangedMatches {
  const changed: ChangedMatches = { spans: new Set(), calls: new Set() }
  const keys = new Set<string>()
  for (const [name, ofName] of touched) {
    for (const key of ofName) keys.add(key)
    const tool = trace.toolsByName.get(name)
    if (tool !== undefined && name !== unnamed) matchNamed(tool, ofName, changed)
  }
  for (const { argumentKeys } of changed.calls) for (const key of argumentKeys) keys.add(key)
  matchUnnamed(trace, keys, changed)
  for (const call of changed.calls) touch(touched, call)
  for (const [name, ofName] of touched) {
    const tool = trace.toolsByName.get(name)
    if (tool !== undefined) for (const key of ofName) matchAliases(tool, key, changed)
  }
  return changed
}

function matchNamed(tool: NamedTool, touched: Iterable<string>, changed: ChangedMatches): void {
  const { spans, calls } = connected(tool.spans, [tool], touched)
  // no call that these spans could have had is left: each has been taken from its span
  if (calls.length > 0) setMatches(spans, matchByArguments(spans, calls), changed)
  const without = tool.spans.get(unknownArguments)
  if (without === undefined || without.size === 0) return
  const left = [...tool.calls].filter(({ matchedSpan }) => matchedSpan === null || !hasNameAndArguments(matchedSpan))
  if (left.length > 0) setMatches(without, matchInOrder(without, left), changed)
}

function hasNameAndArguments({ facts, toolState }: Node): boolean {
  return facts.tool!.name !== null && toolState.argumentKey !== unknownArguments
}

function matchUnnamed(trace: Trace, touched: ReadonlySet<string>, changed: ChangedMatches): void {
  const tool = trace.toolsByName.get(unnamed)
  if (tool === undefined) return
  const { spans, calls } = connected(tool.spans, trace.toolsByName.values(), touched)
  const left = calls.filter(({ matchedSpan }) => matchedSpan === null || matchedSpan.facts.tool!.name === null)
  if (left.length > 0) setMatches(spans, matchByArguments(spans, left), changed)
}

/**
 * The calls that have a touched key, or one that such a call has, and so on, and the spans with these keys, which are not
 * looked at where there is no call: no match of another span or call can depend on them.
 */
function connected(
  spansByKey: NamedTool['spans'],
  tools: Iterable<NamedTool>,
  touched: Iterable<string>,
): { readonly spans: Node[]; readonly calls: ToolCall[] } {
  const keys = new Set(touched)
  keys.delete(unknownArguments)
  const [calls, allTools] = [new Set<ToolCall>(), [...tools]]
  // the loop reaches the keys that it adds
  for (const key of keys) {
    for (const tool of allTools) {
      for (const call of tool.callsByKey.get(key) ?? []) {
        calls.add(call)
        for (const other of call.argumentKeys) keys.add(other)
      }
    }
  }
  const spans = calls.size === 0 ? [] : [...keys].flatMap((key) => [...(spansByKey.get(key) ?? [])])
  return { spans, calls: [...calls] }
}

/** Replaces the matches of these spans. */
function setMatches(spans: Iterable<Node>, matches: ReadonlyMap<Node, ToolCall>, changed: ChangedMatches): void {
  const moved = [...spans].filter((span) => span.toolState.matchedCall !== (matches.get(span) ?? null))
  for (const span of moved) {
    const { matchedCall } = span.toolState
    changed.spans.add(span)
    if (matchedCall !== null) changed.calls.add(matchedCall)
    if (matchedCall?.matchedSpan === span) matchedCall.matchedSpan = null
  }
  for (const span of moved) {
    const call = matches.get(span) ?? null
    changedTools(span).matchedCall = call
    if (call === null) continue
    changed.calls.add(call)
    if (call.matchedSpan !== null) leaveCall(call.matchedSpan, changed)
    call.matchedSpan = span
  }
}

/** Lets a span, whose call an earlier step has matched with another one, be without a call. */
function leaveCall(span: Node, { spans }: ChangedMatches): void {
  spans.add(span)
  changedTools(span).matchedCall = null
}

/** Matches spans with calls of the same arguments, one to one in the order of time. */
function matchByArguments(spans: Iterable<Node>, calls: Iterable<ToolCall>): Map<Node, ToolCall> {
  const matches = new Map<Node, ToolCall>()
  const open = new SmallMap<string, SmallSet<ToolCall>>()
  for (const call of sortByRequest(calls)) for (const key of call.argumentKeys) addTo(open, key, call)
  for (const span of outerSpans(spans)) {
    const [first] = open.get(span.toolState.argumentKey!) ?? []
    if (first === undefined) continue
    matches.set(span, first)
    for (const key of first.argumentKeys) open.get(key)!.delete(first)
  }
  return matches
}

/** Matches the first span with the first call, the second with the second, and so on in the order of time. */
function matchInOrder(spans: Iterable<Node>, calls: Iterable<ToolCall>): Map<Node, ToolCall> {
  const open = sortByRequest(calls)
  return new Map(
    outerSpans(spans)
      .slice(0, open.length)
      .map((span, i) => [span, open[i]!]),
  )
}

/** A span whose run has a better span has no call of its own, nor has an attempt that another one followed. */
function outerSpans(spans: Iterable<Node>): Node[] {
  return sortByStart(spans).filter((span) => span.toolState.nextAttempt === null && !hasBetterSpan(span))
}

/**
 * Some clients invent another id for a call each time they put it into the history of a request. Of two calls with equal
 * arguments, a model asked for one, which a span ran and no message answers; for the other no model asked, no span ran it
 * and a history answers it: they are one call. They are matched one to one in the order of time.
 */
function matchAliases(tool: NamedTool, key: string, changed: ChangedMatches): void {
  const unanswered = tool.unanswered.get(key)
  const withoutSpan = [...(tool.callsByKey.get(key) ?? [])]
  // of the two calls that are one, no span states the id of the second
  if (unanswered === undefined || !withoutSpan.some((call) => call.alias !== null || isRepeated(call, key))) return
  const asked = [...unanswered]
  const ran = sortByRequest(asked.filter(({ spans, matchedSpan }) => spans.size > 0 || matchedSpan !== null))
  const repeated = sortByRequest(withoutSpan.filter((call) => isRepeated(call, key)))
  const pairs = new Map<ToolCall, ToolCall>()
  ran.slice(0, repeated.length).forEach((call, i) => {
    pairs.set(call, repeated[i]!).set(repeated[i]!, call)
  })
  // before the new aliases are known, the old ones of all these calls are undone
  for (const call of [...asked, ...asked.flatMap(({ alias }) => alias ?? []), ...repeated]) {
    const alias = pairs.get(call) ?? null
    if (call.alias === alias) continue
    call.alias = alias
    changed.calls.add(call)
  }
}

/** Whether a call is reported by histories only. */
function isRepeated({ argumentKeys, answer, isRequested, matchedSpan }: ToolCall, key: string): boolean {
  return argumentKeys[0] === key && answer !== null && !isRequested && matchedSpan === null
}

/** Sorts calls by the time of their first request. */
function sortByRequest(calls: Iterable<ToolCall>): ToolCall[] {
  return [...calls].sort((a, b) => compareStart(a.firstAsker!, b.firstAsker!) || (a.id < b.id ? -1 : 1))
}
