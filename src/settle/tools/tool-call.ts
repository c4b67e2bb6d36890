import type { ToolAnswer, ToolAsk } from '../../map/facts/facts.ts'
import type { Node, ReportedMessage, ToolCall } from '../model/node.ts'
import { compareStart } from '../model/time/sort-by-start.ts'
import type { Trace } from '../model/trace.ts'
import { SmallSet } from '../small/small-set.ts'

const none: ReadonlySet<ToolCall> = new Set()
const noIds: ReadonlySet<string> = new Set()

/**
 * Adds what an arrived node reports about tool calls: the id of its own run, and the requests and answers in its
 * messages. Returns the calls about which something else is known now. A message that only repeats what earlier nodes
 * report changes nothing, so it costs a few comparisons, however long the conversation is.
 */
export function addReports(trace: Trace, node: Node): ReadonlySet<ToolCall> {
  const { tool, asks, answers } = node.facts
  if (tool?.callId == null && asks.length === 0 && answers.length === 0) return none
  const changed = new Set<ToolCall>()
  if (tool?.callId != null) {
    const call = callWithId(trace, tool.callId)
    call.spans.add(node)
    changed.add(call)
  }
  const answered = answers.length === 0 ? noIds : new Set(answers.map(({ callId }) => callId))
  for (const ask of asks) {
    const call = callWithId(trace, ask.callId)
    if (addAsk(call, { node, part: ask }, answered.has(ask.callId))) changed.add(call)
  }
  for (const answer of answers) {
    const call = callWithId(trace, answer.callId)
    if (addAnswer(call, { node, part: answer })) changed.add(call)
  }
  return changed
}

function callWithId(trace: Trace, id: string): ToolCall {
  const known = trace.toolCalls.get(id)
  if (known !== undefined) return known
  const call: ToolCall = {
    id,
    spans: new SmallSet(),
    request: null,
    firstAsker: null,
    firstAskerOfTurn: null,
    isRequested: false,
    answer: null,
    firstAnswerer: null,
    namedAnswer: null,
    isAnsweredInTurn: false,
    hasNewAnswer: false,
    name: null,
    argumentKeys: [],
    keyedArguments: null,
    owner: null,
    matchedSpan: null,
    alias: null,
  }
  trace.toolCalls.set(id, call)
  return call
}

/** Returns whether the request changes what is known of the call. `isAnswered`: its node answers the call as well. */
function addAsk(call: ToolCall, request: ReportedMessage<ToolAsk>, isAnswered: boolean): boolean {
  const { node, part } = request
  let changed = false
  if (call.request === null || compareRequests(request, call.request) < 0) {
    call.request = request
    changed = true
  }
  if (isEarlier(node, call.firstAsker)) {
    call.firstAsker = node
    changed = true
  }
  if (!part.earlier && isEarlier(node, call.firstAskerOfTurn)) {
    call.firstAskerOfTurn = node
    changed = true
  }
  if (!isAnswered && !call.isRequested) {
    call.isRequested = true
    changed = true
  }
  return changed
}

/** Returns whether the answer changes what is known of the call. */
function addAnswer(call: ToolCall, answer: ReportedMessage<ToolAnswer>): boolean {
  const { node, part } = answer
  let changed = false
  if (call.answer === null || compareAnswers(answer, call.answer) < 0) {
    call.answer = answer
    changed = true
  }
  if (isEarlier(node, call.firstAnswerer)) {
    call.firstAnswerer = node
    changed = true
  }
  if (part.name !== null && isEarlier(node, call.namedAnswer?.node ?? null)) {
    call.namedAnswer = answer
    changed = true
  }
  if (!part.earlier && !call.isAnsweredInTurn) {
    call.isAnsweredInTurn = true
    changed = true
  }
  if (!part.repeated && !call.hasNewAnswer) {
    call.hasNewAnswer = true
    changed = true
  }
  return changed
}

function isEarlier(node: Node, than: Node | null): boolean {
  return than === null || compareStart(node, than) < 0
}

/**
 * The first request with arguments is believed: while a model streams, its own message may lack them, or have those of
 * parallel calls in one text (`{…}{…}`), under all their names.
 */
function compareRequests(a: ReportedMessage<ToolAsk>, b: ReportedMessage<ToolAsk>): number {
  return argumentsRank(a.part) - argumentsRank(b.part) || compareStart(a.node, b.node)
}

function argumentsRank({ input }: ToolAsk): number {
  if (input === null) return 3
  if (input === '{}') return 2
  return input[0] === '{' ? 0 : 1
}

/**
 * The first answer with an output is believed, one that states a failure before the others: several instrumentations
 * report one answer, and not all of them know how the tool ended.
 */
function compareAnswers(a: ReportedMessage<ToolAnswer>, b: ReportedMessage<ToolAnswer>): number {
  const rank = ({ part }: ReportedMessage<ToolAnswer>) => (part.failed ? 0 : 2) + Number(part.output === null)
  return rank(a) - rank(b) || compareStart(a.node, b.node)
}

/** The name of the tool that the messages of the trace's own turn give a call; null for a call of an earlier turn. */
export function nameInMessages(call: ToolCall): string | null {
  const { request, firstAskerOfTurn, namedAnswer, isAnsweredInTurn, answer } = call
  // each request repeats the results of those before it, which may be in traces of their own
  if (answer !== null && !call.isRequested && !call.hasNewAnswer) return null
  // a conversation repeats its earlier turns, whose tool runs other traces have reported
  const isOfTurn = request === null ? isAnsweredInTurn : firstAskerOfTurn !== null
  return isOfTurn ? (request?.part.name ?? namedAnswer?.part.name ?? null) : null
}

/** Whether a message of the trace asks for a call or answers it. */
export function isInMessages({ request, answer }: ToolCall): boolean {
  return request !== null || answer !== null
}

/** The answer to a call, under its own id or under its other one. */
export function answerTo({ answer, alias }: ToolCall): ToolAnswer | undefined {
  return (answer ?? alias?.answer)?.part
}
