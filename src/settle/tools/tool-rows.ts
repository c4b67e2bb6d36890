import { durationMs } from '../../columns.ts'
import type { EventFact, ToolAnswer, ToolAsk } from '../../map/facts/facts.ts'
import { identityOf, ordinals, type RowIdentity, rowId } from '../model/ids.ts'
import { type Node, sortByStart, type ToolCall } from '../model/node.ts'
import type { EventRow, RowPlace, ToolRow } from '../model/rows.ts'
import { identityOfNode, type Trace } from '../model/trace.ts'
import { melt, nameCall, nameless, nameSpan } from './match-tool-calls.ts'
import { counterpartOf } from './match-tool-records.ts'

/**
 * Notes which tool calls the arrived nodes speak of; `moved` stand elsewhere in the tree now. Returns the nodes whose
 * tool rows may differ: the spans of such a call, and who owns its row if only messages tell of it.
 */
export function noteCalls(trace: Trace, arrived: Iterable<Node>, moved: Iterable<Node>): Set<Node> {
  const touched = new Set<ToolCall>()
  const names = new Set<string>()
  for (const node of moved) if (node.facts.tool !== null) names.add(node.facts.tool.name ?? nameless)
  for (const node of arrived) {
    const { tool, source, asks, answers } = node.facts
    if (tool !== null && source === 'span') nameSpan(trace, node)
    if (tool?.callId != null) touched.add(enter(trace, tool.callId, 'spans', node))
    for (const ask of asks) touched.add(enter(trace, ask.callId, 'asks', node))
    for (const answer of answers) touched.add(enter(trace, answer.callId, 'answers', node))
  }
  const concerned = new Set<Node>()
  for (const call of touched) {
    if (call.matchedSpan !== null) concerned.add(call.matchedSpan)
    for (const { facts } of call.spans) names.add(facts.tool!.name ?? nameless)
    const ask = bestAsk(call)
    if (call.name !== null) names.add(call.name)
    nameCall(trace, call, isOfThisTurn(call) ? nameOf(call) : null, ask?.likeness ?? ask?.input ?? null)
    if (call.name !== null) names.add(call.name)
  }
  const melted = melt(trace, names, (span) => span.toolState.nextAttempt === null && !isInnerSide(span))
  for (const span of melted.spans) concerned.add(span)
  for (const call of new Set([...touched, ...melted.calls])) {
    for (const span of call.spans) concerned.add(span)
    for (const node of [call.matchedSpan, call.owner, chooseOwner(call)]) if (node !== null) concerned.add(node)
  }
  return concerned
}

function enter(trace: Trace, id: string, role: 'spans' | 'asks' | 'answers', node: Node): ToolCall {
  let call = trace.toolCalls.get(id)
  if (call === undefined) {
    call = { id, spans: new Set(), asks: new Set(), answers: new Set(), owner: null, name: null, matchedSpan: null }
    trace.toolCalls.set(id, call)
  }
  call[role].add(node)
  return call
}

/**
 * A conversation repeats its earlier turns, which other traces told: what was asked in none of this one's, but only
 * repeated, ran before.
 */
function isOfThisTurn(call: ToolCall): boolean {
  return call.asks.size === 0 ? answersOf(call).some(({ answer }) => !answer.earlier) : askersOf(call).length > 0
}

/** Those that ask for it in this turn. */
function askersOf(call: ToolCall): Node[] {
  const isAsking = ({ facts }: Node) => facts.asks.some((ask) => ask.callId === call.id && !ask.earlier)
  return sortByStart([...call.asks].filter(isAsking))
}

/** A call that only messages tell of ran if something answers it; its row stands where it was asked for first. */
function chooseOwner(call: ToolCall): Node | null {
  const isRow = call.spans.size === 0 && call.matchedSpan === null && call.answers.size > 0 && call.name !== null
  const owner = isRow ? (askersOf(call)[0] ?? sortByStart(call.answers)[0]!) : null
  if (owner === call.owner) return owner
  if (call.owner !== null) call.owner.toolState.ownedCalls.splice(call.owner.toolState.ownedCalls.indexOf(call), 1)
  call.owner = owner
  owner?.toolState.ownedCalls.push(call)
  return owner
}

function nameOf(call: ToolCall): string | null {
  return bestAsk(call)?.name ?? answersOf(call).find(({ answer }) => answer.name !== null)?.answer.name ?? null
}

/**
 * The row of a tool span, or of a record that tells of a run which no span does; null where it is the inner side of the
 * same run (an MCP client under `execute_tool`), or an attempt that another one followed.
 */
export function toolRow(trace: Trace, node: Node, place: RowPlace): ToolRow | null {
  const { tool, source, startNs, endNs, open } = node.facts
  if (node.facts.kind !== 'tool' || tool === null || node.toolState.nextAttempt !== null || isInnerSide(node))
    return null
  const counterpart = counterpartOf(trace, node)
  if (counterpart !== null && source === 'record') return null
  const call = node.toolState.matchedCall ?? (tool.callId === null ? undefined : trace.toolCalls.get(tool.callId))
  const answer = (call && bestAnswer(call)?.answer) ?? answerOf(counterpart)
  const success = open && answer === undefined ? null : tool.success && !answer?.failed
  return {
    id: rowId(identityOfNode(trace, node), ordinals.tool),
    place,
    name: tool.name ?? call?.name ?? node.facts.name,
    input: withArguments(tool.input, (call && bestAsk(call)?.input) ?? counterpart?.facts.tool?.input),
    output: tool.output ?? answer?.output ?? null,
    success,
    error: success !== false ? tool.error : whyFailed(tool.error, answer?.output ?? null),
    durationMs: open ? null : durationMs(startNs, endNs),
    endNs,
    callId: node.toolState.matchedCall?.id ?? tool.callId,
    attempts: node.toolState.attempt,
    source: 'span',
  }
}

function answerOf(record: Node | null): Pick<ToolAnswer, 'output' | 'failed'> | undefined {
  const told = record?.facts.tool
  return told == null
    ? undefined
    : { output: told.success ? told.output : (told.error ?? told.output), failed: !told.success }
}

export function isInnerSide(node: Node): boolean {
  const outer = node.inherited.toolAbove?.facts.tool
  const own = node.facts.tool!
  if (outer === undefined || outer === null) return false
  return (own.name !== null && outer.name === own.name) || (own.callId !== null && outer.callId === own.callId)
}

/** A single word (`TOOL_ERROR`) says less than what the model was told. */
function whyFailed(error: string | null, told: string | null): string | null {
  return error === null || /^[\w.]+$/.test(error) ? told || error : error
}

/** The model's call knows the arguments' names; the tool span may have none, or a bare string. */
function withArguments(own: string | null, asked: string | null | undefined): string | null {
  if (asked == null) return own
  return own === null || own[0] !== '{' ? asked : own
}

/** The row of a tool call that only messages tell of. */
export function messageToolRow(trace: Trace, call: ToolCall, place: RowPlace): ToolRow {
  const [asked, answered] = [bestAsk(call), bestAnswer(call)!]
  const failed = answered.answer.failed
  return {
    id: rowId(callIdentity(trace, call), ordinals.tool),
    place,
    name: call.name!,
    input: asked?.input ?? null,
    output: answered.answer.output,
    success: !failed,
    error: failed ? answered.answer.output : null,
    durationMs: null,
    endNs: answered.node.facts.startNs,
    callId: call.id,
    attempts: 1,
    source: 'messages',
  }
}

/** The events of such a call, as a tool span has them: asked for at the end of the model's call, answered at the start of the next. */
export function messageToolEvents(trace: Trace, call: ToolCall, place: RowPlace): EventRow[] {
  const row = messageToolRow(trace, call, place)
  const identity = callIdentity(trace, call)
  const payload = JSON.stringify({ tool_call_id: call.id, source: 'messages' })
  const asked = askersOf(call)[0]?.facts.endNs ?? row.endNs
  const facts: EventFact[] = [
    { type: 'tool.called', message: `Tool ${row.name} called`, payload, timeNs: asked },
    row.success
      ? { type: 'tool.completed', message: `Tool ${row.name} completed`, payload, timeNs: row.endNs }
      : { type: 'tool.failed', message: `Tool ${row.name} failed`, payload, timeNs: row.endNs },
  ]
  return facts.map((fact, ordinal) => ({
    id: rowId(identity, ordinal),
    place,
    fact,
  }))
}

function callIdentity(trace: Trace, call: ToolCall): RowIdentity {
  return identityOf(call.owner!.facts.startNs, trace.tenant, trace.id, 'tool call', call.id)
}

/**
 * Of several versions the first one with arguments: while a model streams, its own message may lack them, or have those
 * of parallel calls in one text (`{…}{…}`), under all their names.
 */
function bestAsk(call: ToolCall): ToolAsk | null {
  const asks = sortByStart(call.asks).map((node) => node.facts.asks.find((ask) => ask.callId === call.id)!)
  return (
    asks.find(({ input }) => input?.[0] === '{' && input !== '{}') ??
    asks.find(({ input }) => input !== null && input !== '{}') ??
    asks.find(({ input }) => input !== null) ??
    asks[0] ??
    null
  )
}

interface Answered {
  readonly node: Node
  readonly answer: ToolAnswer
}

function bestAnswer(call: ToolCall): Answered | null {
  const answers = answersOf(call)
  return answers.find(({ answer }) => answer.output !== null) ?? answers[0] ?? null
}

function answersOf(call: ToolCall): Answered[] {
  return sortByStart(call.answers).map((node) => ({
    node,
    answer: node.facts.answers.find((answer) => answer.callId === call.id)!,
  }))
}
