import { changedTools } from '../model/new-node.ts'
import type { Node, ToolCall } from '../model/node.ts'
import { hasTimes } from '../model/time/node-times.ts'
import type { Trace } from '../model/trace.ts'
import { SmallMap } from '../small/small-map.ts'
import { matchToolCalls } from './match-tool-calls.ts'
import { addReports } from './tool-call.ts'
import { indexSpan, reindexCall, type TouchedKeys, touch, touchSpan } from './tools-by-name.ts'

/**
 * Adds what the arrived nodes report about tool calls, and matches spans with calls again where that may differ now;
 * `moved` have another place in the tree or are another attempt now. Returns the nodes whose tool rows may differ: the
 * spans of a call, and the node that has the row of a call which only messages report.
 */
export function trackToolCalls(trace: Trace, arrived: Iterable<Node>, moved: Iterable<Node>): Set<Node> {
  const reported = new Set<ToolCall>()
  for (const node of arrived) {
    for (const call of addReports(trace, node)) reported.add(call)
    indexSpan(trace, node)
  }
  const touched: TouchedKeys = new SmallMap()
  const dirty = new Set<Node>()
  const changed = new Set(reported)
  for (const call of reported) reindexCall(trace, call, touched, { spans: dirty, calls: changed })
  for (const call of changed) touch(touched, call)
  for (const node of moved) touchSpan(node, touched)
  const matches = matchToolCalls(trace, touched)
  for (const span of matches.spans) dirty.add(span)
  for (const call of matches.calls) changed.add(call)
  for (const call of changed) addNodesOf(call, dirty)
  for (const node of moved) if (!hasTimes(node.facts)) addOwners(trace, node, dirty)
  return dirty
}

/** Adds the nodes whose rows are dated by the messages of this one, which has other times now. */
function addOwners(trace: Trace, { facts: { asks, answers } }: Node, dirty: Set<Node>): void {
  for (const { callId } of [...asks, ...answers]) {
    const owner = trace.toolCalls.get(callId)?.owner ?? null
    if (owner !== null) dirty.add(owner)
  }
}

/** Adds the nodes whose rows show a call, before and after the call has got its owner. */
function addNodesOf(call: ToolCall, dirty: Set<Node>): void {
  if (call.owner !== null) dirty.add(call.owner)
  setOwner(call)
  if (call.owner !== null) dirty.add(call.owner)
  for (const one of [call, call.alias]) {
    if (one === null) continue
    for (const span of one.spans) dirty.add(span)
    if (one.matchedSpan !== null) dirty.add(one.matchedSpan)
  }
}

/** A call that only messages report ran if something answers it. Its row is that of the node that asked for it first. */
function setOwner(call: ToolCall): void {
  const isRow =
    call.spans.size === 0 &&
    call.matchedSpan === null &&
    call.alias === null &&
    call.answer !== null &&
    call.name !== null
  const owner = isRow ? (call.firstAskerOfTurn ?? call.firstAnswerer) : null
  if (owner === call.owner) return
  if (call.owner !== null) {
    const { ownedCalls } = call.owner.toolState
    ownedCalls.splice(ownedCalls.indexOf(call), 1)
  }
  call.owner = owner
  if (owner === null) return
  // an empty array may be that of all nodes without calls
  if (owner.toolState.ownedCalls.length === 0) changedTools(owner).ownedCalls = [call]
  else owner.toolState.ownedCalls.push(call)
}
