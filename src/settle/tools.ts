import type { EventFact, ToolAnswer, ToolAsk } from '../map/facts.ts'
import { type Identity, identityOf, ordinals, rowId } from './ids.ts'
import type { EventRow, Place, ToolRow } from './rows.ts'
import { counterpartOf } from './tool-records.ts'
import { identify, type Node, type ToolCall, type Trace } from './trace.ts'

/**
 * Notes which tool calls the arrived nodes speak of. Returns the nodes whose tool rows may differ now: the spans of
 * such a call, and who owns its row if only messages tell of it.
 */
export function noteCalls(trace: Trace, arrived: Iterable<Node>): Set<Node> {
  const touched = new Set<ToolCall>()
  for (const node of arrived) {
    const { tool, asks, answers } = node.facts
    if (tool?.callId != null) touched.add(enter(trace, tool.callId, 'spans', node))
    for (const ask of asks) touched.add(enter(trace, ask.callId, 'asks', node))
    for (const answer of answers) touched.add(enter(trace, answer.callId, 'answers', node))
  }
  const concerned = new Set<Node>()
  for (const call of touched) {
    for (const span of call.spans) concerned.add(span)
    if (call.owner !== null) concerned.add(call.owner)
    chooseOwner(call)
    if (call.owner !== null) concerned.add(call.owner)
  }
  return concerned
}

function enter(trace: Trace, id: string, role: 'spans' | 'asks' | 'answers', node: Node): ToolCall {
  let call = trace.calls.get(id)
  if (call === undefined) {
    call = { id, spans: new Set(), asks: new Set(), answers: new Set(), owner: null }
    trace.calls.set(id, call)
  }
  call[role].add(node)
  return call
}

/** A call that only messages tell of ran if something answers it; its row stands where it was asked for first. */
function chooseOwner(call: ToolCall): void {
  const owner =
    call.spans.size > 0 || call.answers.size === 0 || nameOf(call) === null
      ? null
      : first(call.asks.size > 0 ? call.asks : call.answers)
  if (owner === call.owner) return
  if (call.owner !== null) call.owner.calls.splice(call.owner.calls.indexOf(call), 1)
  call.owner = owner
  owner?.calls.push(call)
}

function nameOf(call: ToolCall): string | null {
  return bestAsk(call)?.name ?? answersOf(call).find(({ answer }) => answer.name !== null)?.answer.name ?? null
}

/**
 * The row of a tool span, or of a record that tells of a run which no span does; null where it is the inner side of the
 * same run (an MCP client under `execute_tool`).
 */
export function toolRow(trace: Trace, node: Node, place: Place): ToolRow | null {
  const { tool, source, startNs, endNs } = node.facts
  if (node.facts.kind !== 'tool' || tool === null || isInnerSide(node)) return null
  const counterpart = counterpartOf(trace, node)
  if (counterpart !== null && source === 'record') return null
  const call = tool.callId === null ? undefined : trace.calls.get(tool.callId)
  const answer = (call && bestAnswer(call)?.answer) ?? answerOf(counterpart)
  const success = tool.success && !answer?.failed
  return {
    id: rowId(identify(trace, node), ordinals.tool),
    place,
    name: tool.name,
    input: withArguments(tool.input, (call && bestAsk(call)?.input) ?? counterpart?.facts.tool?.input),
    output: tool.output ?? answer?.output ?? null,
    success,
    error: tool.error ?? (success ? null : (answer?.output ?? null)),
    durationMs: milliseconds(startNs, endNs),
    endNs,
    callId: tool.callId,
    source: 'span',
  }
}

function answerOf(record: Node | null): Pick<ToolAnswer, 'output' | 'failed'> | undefined {
  const told = record?.facts.tool
  return told == null
    ? undefined
    : { output: told.success ? told.output : (told.error ?? told.output), failed: !told.success }
}

function isInnerSide(node: Node): boolean {
  const outer = node.toolAbove?.facts.tool
  const own = node.facts.tool!
  if (outer === undefined || outer === null) return false
  return outer.name === own.name || (own.callId !== null && outer.callId === own.callId)
}

/** The model's call knows the arguments' names; the tool span may have none, or a bare string. */
function withArguments(own: string | null, asked: string | null | undefined): string | null {
  if (asked == null) return own
  return own === null || own[0] !== '{' ? asked : own
}

/** The row of a tool call that only messages tell of. */
export function messageToolRow(trace: Trace, call: ToolCall, place: Place): ToolRow {
  const [asked, answered] = [bestAsk(call), bestAnswer(call)!]
  const failed = answered.answer.failed
  return {
    id: rowId(callIdentity(trace, call), ordinals.tool),
    place,
    name: nameOf(call)!,
    input: asked?.input ?? null,
    output: answered.answer.output,
    success: !failed,
    error: failed ? answered.answer.output : null,
    durationMs: null,
    endNs: answered.node.facts.startNs,
    callId: call.id,
    source: 'messages',
  }
}

/** The events of such a call, as a tool span has them: asked for at the end of the model's call, answered at the start of the next. */
export function messageToolEvents(trace: Trace, call: ToolCall, place: Place): EventRow[] {
  const row = messageToolRow(trace, call, place)
  const identity = callIdentity(trace, call)
  const payload = JSON.stringify({ tool_call_id: call.id, source: 'messages' })
  const asked = call.asks.size > 0 ? first(call.asks)!.facts.endNs : row.endNs
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

function callIdentity(trace: Trace, call: ToolCall): Identity {
  return identityOf(call.owner!.facts.startNs, trace.tenant, trace.id, 'tool call', call.id)
}

/** Of several versions the first one with arguments: while a model streams, its own message may still lack them. */
function bestAsk(call: ToolCall): ToolAsk | null {
  const asks = inOrder(call.asks).map((node) => node.facts.asks.find((ask) => ask.callId === call.id)!)
  return (
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
  return inOrder(call.answers).map((node) => ({
    node,
    answer: node.facts.answers.find((answer) => answer.callId === call.id)!,
  }))
}

function first(nodes: ReadonlySet<Node>): Node {
  return inOrder(nodes)[0]!
}

function inOrder(nodes: ReadonlySet<Node>): Node[] {
  return [...nodes].sort(({ facts: a }, { facts: b }) =>
    a.startNs === b.startNs ? (a.id < b.id ? -1 : 1) : a.startNs < b.startNs ? -1 : 1,
  )
}

export function milliseconds(fromNs: bigint, toNs: bigint): number {
  return Math.min(Math.max(Math.round(Number(toNs - fromNs) / 1e6), 0), 2147483647)
}
