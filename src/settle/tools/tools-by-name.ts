import { changedTools } from '../model/new-node.ts'
import type { NamedTool, Node, ToolCall } from '../model/node.ts'
import type { Trace } from '../model/trace.ts'
import { SmallMap } from '../small/small-map.ts'
import { SmallSet } from '../small/small-set.ts'
import { argumentKey, requestKeys } from './argument-keys.ts'
import { isInMessages, nameInMessages } from './tool-call.ts'

/** The name under which `Trace.toolsByName` has the tool spans that do not name their tool. */
export const unnamed = ''

/** By tool name: the keys of arguments whose spans and calls must be matched again. */
export type TouchedKeys = SmallMap<string, SmallSet<string>>

/** The nodes and calls that have lost their match. */
export interface Unmatched {
  readonly spans: Set<Node>
  readonly calls: Set<ToolCall>
}

/** Whether a node is a tool span, and no log record of a tool run. */
function isToolSpan({ facts }: Node): boolean {
  return facts.tool !== null && facts.source === 'span'
}

function nameOfSpan({ facts }: Node): string {
  return facts.tool!.name ?? unnamed
}

/** Indexes an arrived node by its tool's name and arguments if it is a tool span, unless messages report its call by the id. */
export function indexSpan(trace: Trace, span: Node): void {
  if (!isToolSpan(span)) return
  const { callId, input, likeness = input } = span.facts.tool!
  const call = callId === null ? undefined : trace.toolCalls.get(callId)
  if (call !== undefined && isInMessages(call)) return
  const key = argumentKey(likeness)
  changedTools(span).argumentKey = key
  addTo(namedTool(trace, nameOfSpan(span)).spans, key, span)
}

/** Touches the key of a span whose place in the tree changed, if the span is indexed. */
export function touchSpan(span: Node, touched: TouchedKeys): void {
  const { argumentKey: key } = span.toolState
  if (key !== null) addTo(touched, nameOfSpan(span), key)
}

/**
 * Indexes a call, of which something else is known now, by its name and arguments in place of the former ones, whose keys
 * are touched, and removes the spans that state its id from the index. The matches of all of these are undone.
 */
export function reindexCall(trace: Trace, call: ToolCall, touched: TouchedKeys, unmatched: Unmatched): void {
  undoMatches(call, unmatched)
  removeCall(trace, call, touched)
  call.name = nameInMessages(call)
  insertCall(trace, call)
  if (isInMessages(call)) for (const span of call.spans) removeSpan(trace, span, touched, unmatched)
}

function undoMatches(call: ToolCall, { spans, calls }: Unmatched): void {
  if (call.matchedSpan !== null) {
    spans.add(call.matchedSpan)
    changedTools(call.matchedSpan).matchedCall = null
    call.matchedSpan = null
  }
  if (call.alias !== null) {
    calls.add(call.alias)
    call.alias.alias = null
    call.alias = null
  }
}

function removeCall(trace: Trace, call: ToolCall, touched: TouchedKeys): void {
  if (call.name === null) return
  touch(touched, call)
  const tool = trace.toolsByName.get(call.name)
  if (tool === undefined) return
  tool.calls.delete(call)
  for (const key of call.argumentKeys) {
    removeFrom(tool.callsByKey, key, call)
    removeFrom(tool.unanswered, key, call)
  }
}

function insertCall(trace: Trace, call: ToolCall): void {
  const { request, isRequested, answer, spans, name } = call
  const { input, likeness = input } = request?.part ?? { input: null }
  if (likeness !== call.keyedArguments) call.argumentKeys = requestKeys(likeness)
  call.keyedArguments = likeness
  if (name === null || request === null) return
  const tool = namedTool(trace, name)
  if (spans.size === 0) {
    tool.calls.add(call)
    for (const key of call.argumentKeys) addTo(tool.callsByKey, key, call)
  }
  const [key] = call.argumentKeys
  if (isRequested && answer === null && key !== undefined) addTo(tool.unanswered, key, call)
}

/** Touches the keys of a call under its name. */
export function touch(touched: TouchedKeys, call: ToolCall): void {
  if (call.name === null) return
  if (!touched.has(call.name)) touched.set(call.name, new SmallSet())
  for (const key of call.argumentKeys) addTo(touched, call.name, key)
}

function removeSpan(trace: Trace, span: Node, touched: TouchedKeys, { calls }: Unmatched): void {
  const { argumentKey: key, matchedCall } = span.toolState
  if (key === null) return
  touchSpan(span, touched)
  removeFrom(trace.toolsByName.get(nameOfSpan(span))!.spans, key, span)
  changedTools(span).argumentKey = null
  if (matchedCall === null) return
  calls.add(matchedCall)
  matchedCall.matchedSpan = null
  changedTools(span).matchedCall = null
}

function namedTool(trace: Trace, name: string): NamedTool {
  let tool = trace.toolsByName.get(name)
  if (tool === undefined) {
    tool = { spans: new SmallMap(), calls: new SmallSet(), callsByKey: new SmallMap(), unanswered: new SmallMap() }
    trace.toolsByName.set(name, tool)
  }
  return tool
}

/** Adds an item to the set of a key. */
export function addTo<Item>(index: SmallMap<string, SmallSet<Item>>, key: string, item: Item): void {
  let items = index.get(key)
  if (items === undefined) {
    items = new SmallSet()
    index.set(key, items)
  }
  items.add(item)
}

function removeFrom<Item>(index: SmallMap<string, SmallSet<Item>>, key: string, item: Item): void {
  const items = index.get(key)
  if (items?.delete(item) && items.size === 0) index.delete(key)
}
