import { createHash } from 'node:crypto'
import { shorten } from '../facts/column-limits.ts'
import { child, firstChild, isList, type Tree } from '../values/tree.ts'
import { unwrapLangChain } from './langchain.ts'
import { conversationIn, messagesIn, partsOf, roleOf, toolCallsOf } from './message-shapes.ts'
import type { MessageSummary, Side } from './message-summary.ts'
import { noTool, providerToolIn } from './provider-tools.ts'
import { addToolAnswer, addToolAsk, callIdOf, toolAnswerIn, toolAskIn } from './tool-calls.ts'

/**
 * Adds messages to a summary: a list, one message or its bare text, in the shapes that clients write: semantic conventions
 * (`parts`), OpenAI chat (`content`, `tool_calls`), OpenAI responses (items), Anthropic and Bedrock (blocks), LangChain
 * (serialised classes), OpenInference (each value in a record of its own). `role` is given where the place of the
 * messages determines it.
 */
export function readMessages(summary: MessageSummary, messages: Tree | undefined, side: Side, role?: string): void {
  if (side === 'output') summary.inputAnswers ??= summary.answers?.size ?? 0
  for (const message of messagesIn(messages)) readMessage(summary, message, side, role)
}

function readMessage(summary: MessageSummary, wrapped: Tree, side: Side, statedRole?: string): void {
  const inside = child(wrapped, 'parts')
  const conversation = conversationIn(inside)
  if (conversation !== undefined) {
    for (const message of conversation) readMessage(summary, message, side, statedRole)
    return
  }
  const message = isList(inside) ? wrapped : unwrapLangChain(child(wrapped, 'message') ?? wrapped)
  const role = statedRole ?? roleOf(message, side)
  const before = { asks: summary.asks?.size ?? 0, answers: summary.answers?.size ?? 0 }
  const text = readParts(summary, message, role)
  for (const call of toolCallsOf(message)) readToolAsk(summary, call)
  if (side === 'input' && isOfModel(message, role)) summary.repeatedAnswers = summary.answers?.size ?? 0
  if (text === null || !/\S/.test(text)) return
  if (role === 'user') {
    // a text beside a tool's result begins no new turn
    if ((summary.answers?.size ?? 0) === before.answers) startTurn(summary, before)
    if (side === 'input') summary.userText = shorten(text, summary.textLimit)
    summary.openingText ??= text
  }
  if (side === 'output' && role === 'assistant') summary.assistantText = shorten(text, summary.textLimit)
}

/** Whether a message is of an earlier answer, with all results of tools that the provider ran for it. */
function isOfModel(message: Tree, role: string): boolean {
  if (role === 'assistant') return true
  const { ask, answer } = providerToolIn(message) ?? noTool
  return ask !== null && answer !== null
}

/** Reads the parts of a message and returns their text, one line for each text part; null for none. */
function readParts(summary: MessageSummary, message: Tree, role: string): string | null {
  const parts = partsOf(message)
  // in OpenAI chat the whole message of role `tool` is the result
  const isResult = role === 'tool' && (callIdOf(message) !== null || isAwaited(summary, parts))
  if (isResult && !parts.some((part) => toolAnswerIn(part) !== undefined)) {
    readToolAnswer(summary, message)
    return null
  }
  let text: string | null = null
  for (const part of parts) text = joined(text, readPart(summary, part))
  return text
}

/** Whether parts without an id are a result that a call awaits. An approval, which has a type of its own, is none. */
function isAwaited({ asksWithoutId, answersWithoutId, pendingCalls }: MessageSummary, parts: readonly Tree[]): boolean {
  if (asksWithoutId > answersWithoutId) return true
  return (pendingCalls?.length ?? 0) > 0 && parts.every((part) => textTypes.has(child(part, 'type')))
}

function joined(before: string | null, text: string | null): string | null {
  return before === null || text === null ? (before ?? text) : `${before}\n${text}`
}

function startTurn(summary: MessageSummary, before: { readonly asks: number; readonly answers: number }): void {
  summary.earlierAsks = before.asks
  summary.earlierAnswers = before.answers
  summary.pendingCalls = null
}

/** Reads a tool call, a tool result or reasoning, and returns the text of any other part; null for none. */
function readPart(summary: MessageSummary, part: Tree): string | null {
  if (typeof part === 'string') return part
  const ask = toolAskIn(part)
  if (ask !== undefined) {
    readToolAsk(summary, ask)
    return null
  }
  const answer = toolAnswerIn(part)
  if (answer !== undefined) {
    readToolAnswer(summary, answer)
    return null
  }
  const run = providerToolIn(part)
  if (run === undefined) return readText(summary, part)
  if (run.ask !== null) readToolAsk(summary, run.ask)
  if (run.answer !== null) readToolAnswer(summary, run.answer)
  return null
}

/**
 * Reads a tool call. Some clients (Gemini's) give calls no id. Each request repeats its conversation from the start, so
 * the k-th result of a conversation answers its k-th call, and their common id is made of the conversation and k.
 */
function readToolAsk(summary: MessageSummary, call: Tree): void {
  const stated = callIdOf(call)
  const callId = stated ?? positionId(summary, summary.asksWithoutId++)
  if (callId === null) return
  if (stated !== null) addPending(summary, stated)
  summary.asks ??= new Map()
  addToolAsk(summary.asks, callId, call, summary.textLimit)
}

function readToolAnswer(summary: MessageSummary, answer: Tree): void {
  const stated = callIdOf(answer) ?? callIdOf(child(answer, 'origin'))
  const callId = stated ?? idByPosition(summary)
  summary.isAnswering = true
  if (callId === null) return
  if (stated !== null) endPending(summary, stated)
  summary.answers ??= new Map()
  addToolAnswer(summary.answers, callId, answer, summary.textLimit)
}

function addPending(summary: MessageSummary, callId: string): void {
  if (summary.isAnswering || summary.pendingCalls === null) summary.pendingCalls = [callId]
  else if (!summary.pendingCalls.includes(callId)) summary.pendingCalls.push(callId)
  summary.isAnswering = false
}

function endPending({ pendingCalls }: MessageSummary, callId: string): void {
  const at = pendingCalls?.indexOf(callId) ?? -1
  if (at >= 0) pendingCalls!.splice(at, 1)
}

/**
 * Some clients leave out only the ids of results. These answer the calls of the message before them, the first call first;
 * where calls have no ids either, the k-th result answers the k-th call.
 */
function idByPosition(summary: MessageSummary): string | null {
  const { asksWithoutId, answersWithoutId, pendingCalls } = summary
  const pending = asksWithoutId > answersWithoutId ? undefined : pendingCalls?.shift()
  return pending ?? positionId(summary, summary.answersWithoutId++)
}

function positionId(summary: MessageSummary, position: number): string | null {
  if (summary.openingText === null) return null
  summary.openingHash ??= createHash('sha256').update(summary.openingText).digest('hex').slice(0, 16)
  return `${summary.openingHash}:${position}`
}

const textTypes: ReadonlySet<Tree | undefined> = new Set([
  undefined,
  null,
  'text',
  'input_text',
  'output_text',
  'message',
])
const textKeys = ['content', 'text', 'thinking']

function readText(summary: MessageSummary, part: Tree): string | null {
  const text = firstChild(part, textKeys)
  if (typeof text !== 'string') return null
  const type = child(part, 'type')
  if (type === 'reasoning' || type === 'thinking')
    summary.reasoning = shorten(joined(summary.reasoning, text)!, summary.textLimit)
  return textTypes.has(type) ? text : null
}
