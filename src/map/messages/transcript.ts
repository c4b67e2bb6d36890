import { asText } from '../values/convert.ts'
import { jsonText } from '../values/json.ts'
import { child, firstChild, isList, isRecord, type Tree } from '../values/tree.ts'
import { unwrapLangChain } from './langchain.ts'
import { conversationIn, messagesIn, partsOf, roleOf, toolCallsOf } from './message-shapes.ts'
import type { Side } from './message-summary.ts'
import { providerToolIn } from './provider-tools.ts'
import type { SpanMessages } from './read-messages.ts'
import { callIdOf, outputText, toolAnswerIn, toolAskIn } from './tool-calls.ts'

/** A part of a message, as people read it. */
export type TranscriptPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'tool_call'; readonly id: string; readonly name: string; readonly arguments: string }
  | { readonly type: 'tool_result'; readonly id: string; readonly result: string }
  | { readonly type: 'other'; readonly text: string }

/** A message, as people read it. */
export interface TranscriptMessage {
  readonly role: string
  readonly from: Side
  readonly parts: readonly TranscriptPart[]
}

/** The most characters of one part. */
const mostCharacters = 100_000

/** Writes messages in any of the shapes that clients have as one form, for people. Nothing of them is decided by it. */
export function transcriptOf(all: readonly SpanMessages[]): TranscriptMessage[] {
  return all.flatMap(({ messages, side, role }) =>
    messagesIn(messages).flatMap((message) => messageOf(message, side, role)),
  )
}

function messageOf(wrapped: Tree, side: Side, statedRole: string | undefined): TranscriptMessage[] {
  const inside = child(wrapped, 'parts')
  const conversation = conversationIn(inside)
  if (conversation !== undefined) return conversation.flatMap((message) => messageOf(message, side, statedRole))
  const message = isList(inside) ? wrapped : unwrapLangChain(child(wrapped, 'message') ?? wrapped)
  const role = statedRole ?? roleOf(message, side)
  const parts = partsOf(message)
  const isResult =
    role === 'tool' && callIdOf(message) !== null && !parts.some((part) => toolAnswerIn(part) !== undefined)
  const read = isResult ? [resultOf(message)] : [...parts.map(partOf), ...toolCallsOf(message).map(callOf)]
  const shown = read.filter((part) => part.type === 'tool_call' || part.type === 'tool_result' || part.text !== '')
  return shown.length === 0 ? [] : [{ role, from: side, parts: shown }]
}

function partOf(part: Tree): TranscriptPart {
  if (typeof part === 'string') return { type: 'text', text: shortened(part) }
  const ask = toolAskIn(part)
  if (ask !== undefined) return callOf(ask)
  const answer = toolAnswerIn(part)
  if (answer !== undefined) return resultOf(answer)
  const run = providerToolIn(part)
  if (run?.ask) return callOf(run.ask)
  if (run?.answer) return resultOf(run.answer)
  const reasoning = reasoningIn(part)
  if (reasoning !== undefined) return { type: 'reasoning', text: shortened(reasoning) }
  const text = firstChild(part, ['text', 'content', 'value'])
  if (typeof text === 'string') return { type: 'text', text: shortened(text) }
  return { type: 'other', text: textOf(part) }
}

function reasoningIn(part: Tree): string | undefined {
  const type = child(part, 'type')
  const isReasoning = typeof type === 'string' && /reasoning|thinking/i.test(type)
  const text = firstChild(
    part,
    isReasoning ? ['thinking', 'reasoning', 'text', 'content', 'summary'] : ['thinking', 'reasoning'],
  )
  if (typeof text === 'string') return text
  return isReasoning && text !== undefined ? textOf(text) : undefined
}

function callOf(call: Tree): TranscriptPart {
  const inner = child(call, 'function') ?? call
  const name = firstChild(inner, ['name', 'toolName', 'tool_name'])
  const given = firstChild(inner, ['arguments', 'input', 'args', 'parameters'])
  return {
    type: 'tool_call',
    id: callIdOf(call) ?? '',
    name: typeof name === 'string' ? name : '',
    arguments: given === undefined ? '' : textOf(given),
  }
}

function resultOf(answer: Tree): TranscriptPart {
  const output = firstChild(answer, ['output', 'result', 'response', 'content', 'parts']) ?? answer
  return {
    type: 'tool_result',
    id: callIdOf(answer) ?? '',
    result: shortened(outputText(output, mostCharacters) ?? textOf(output)),
  }
}

function textOf(tree: Tree): string {
  if (isRecord(tree) || isList(tree)) return jsonText(tree, mostCharacters) ?? ''
  return shortened(asText(tree) ?? '')
}

function shortened(text: string): string {
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}…`
}
