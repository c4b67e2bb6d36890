import { columnSize } from '../../columns.ts'
import { fitId, fitText, shorten } from '../facts/column-limits.ts'
import type { ToolAnswer, ToolAsk } from '../facts/facts.ts'
import { asId, asText, unquoted } from '../values/convert.ts'
import { argumentsText, jsonText, parseJson } from '../values/json.ts'
import { child, firstChild, isList, isRecord, sizeOf, type Tree } from '../values/tree.ts'

/** The most tool calls that are kept of one span: a long conversation repeats them all in every request. */
const mostCalls = 512

const askTypes = new Set([
  ...['tool_call', 'tool-call', 'tool_use', 'function_call', 'custom_tool_call'],
  ...['server_tool_call', 'server_tool_use', 'mcp_tool_use'],
])
const answerTypes = new Set([
  ...['tool_call_response', 'tool-result', 'tool_result', 'function_call_output', 'custom_tool_call_output'],
  ...['server_tool_call_response', 'server_tool_result', 'mcp_tool_result'],
])

// `id` comes last: in the responses API it is the id of the item (`fc_…`), and the result has only `call_id`
const callIdKeys = ['call_id', 'tool_call_id', 'tool_use_id', 'toolUseId', 'toolCallId', 'id']
const nameKeys = ['name', 'toolName', 'tool_name']

// parts without a type, but with one key: those of Bedrock, Gemini and Haystack
const askKeys = new Set(['toolUse', 'functionCall', 'function_call', 'tool_call'])
const answerKeys = new Set(['toolResult', 'functionResponse', 'function_response', 'tool_call_result'])

/** Returns the tool call in a part of a message, which its type or its only key marks; undefined for other parts. */
export function toolAskIn(part: Tree): Tree | undefined {
  return partIn(part, askTypes, askKeys)
}

/** Returns the tool result in a part of a message, likewise. */
export function toolAnswerIn(part: Tree): Tree | undefined {
  return partIn(part, answerTypes, answerKeys)
}

function partIn(part: Tree, types: ReadonlySet<string>, keys: ReadonlySet<string>): Tree | undefined {
  if (!isRecord(part)) return undefined
  const type = child(part, 'type')
  if (typeof type === 'string') return types.has(type) ? part : undefined
  // the part has few keys, and the set is large
  for (const key of part instanceof Map ? part.keys() : Object.keys(part)) {
    if (!keys.has(key)) continue
    const block = child(part, key)
    if (isRecord(block)) return block
  }
  return undefined
}

/** Returns the call id of a tool call, a tool result or a message, at most 255 characters; null for none. */
export function callIdOf(tree: Tree | undefined): string | null {
  for (const key of callIdKeys) {
    const value = child(tree, key)
    const id = value === undefined ? null : asId(value)
    if (id !== null) return fitId(id)
  }
  return null
}

const argumentKeys = ['arguments', 'input', 'args', 'parameters', 'server_tool_call']

/** Adds a tool call under its id; a call without a name is left out. */
export function addToolAsk(asks: Map<string, ToolAsk>, callId: string, call: Tree, textLimit: number): void {
  const before = asks.get(callId)
  // a streamed call may come with empty arguments first (recording py-traceloop-anthropicstream-trip)
  if (before !== undefined && before.input !== null && before.input !== '{}') return
  const inner = child(call, 'function') ?? call
  const name = firstChild(inner, nameKeys)
  if (typeof name !== 'string' || name === '' || asks.size >= mostCalls) return
  const args = firstChild(inner, argumentKeys)
  const input = args === undefined || args === '' ? null : argumentsText(args, textLimit)
  asks.set(callId, { callId, name: fitText(name, columnSize.name), input: input ?? before?.input ?? null })
}

const answerPlaces = ['response', 'result', 'output', 'content', 'parts', 'server_tool_call_response']
const errorKeys = ['is_error', 'isError', 'error']

/** Adds a tool's result under the id of its call. */
export function addToolAnswer(answers: Map<string, ToolAnswer>, callId: string, answer: Tree, textLimit: number): void {
  if (answers.has(callId) || answers.size >= mostCalls) return
  const result = unwrap(firstChild(answer, answerPlaces))
  if (isHandOff(result.value) || isDenied(answer, result.value) || isUnfinished(answer)) return
  const name = firstChild(answer, nameKeys)
  answers.set(callId, {
    callId,
    name: typeof name === 'string' && name !== '' ? fitText(name, columnSize.name) : null,
    output: result.value === undefined ? null : outputText(result.value, textLimit),
    failed:
      result.failed ||
      firstChild(answer, errorKeys) === true ||
      child(answer, 'status') === 'error' ||
      typeof onlyIn(result.value, 'error') === 'string',
  })
}

/** Whether a result only names the agent that takes over, as the OpenAI Agents SDK writes it. No tool ran. */
function isHandOff(output: Tree | undefined): boolean {
  return onlyIn(output, 'assistant') !== undefined
}

/** Whether a person refused the call. No tool ran. */
function isDenied(answer: Tree, output: Tree | undefined): boolean {
  const wrapped = firstChild(answer, answerPlaces)
  if (child(wrapped, 'type') === 'execution-denied' || child(output, 'denied') === true) return true
  return refusals.has(child(answer, 'outcome')) || refusals.has(child(answer, 'status'))
}

const refusals: ReadonlySet<Tree | undefined> = new Set(['denied', 'rejected'])

/** Whether an item of the responses API was cut off before the result was whole. */
function isUnfinished(answer: Tree): boolean {
  const status = child(answer, 'status')
  return status === 'incomplete' || status === 'in_progress'
}

/** Returns the value of a key if the record has no other: Gemini's SDKs write `{error}` for a function that raised. */
function onlyIn(output: Tree | undefined, key: string): Tree | undefined {
  const tree = typeof output === 'string' && output.startsWith(`{"${key}"`) ? parseJson(output) : output
  return isRecord(tree) && sizeOf(tree) === 1 ? child(tree, key) : undefined
}

/** Returns the value that the AI SDK wraps with a type: `{type: 'error-text', value}`. */
function unwrap(output: Tree | undefined): { readonly value: Tree | undefined; readonly failed: boolean } {
  const [type, value] = [child(output, 'type'), child(output, 'value')]
  const isWrapped = typeof type === 'string' && value !== undefined
  return isWrapped ? { value, failed: type.startsWith('error') } : { value: output, failed: false }
}

/** Returns a tool's output as text: a list of text parts as their text, other structures as JSON. */
export function outputText(output: Tree, textLimit: number): string | null {
  if (typeof output === 'string') return shorten(unquoted(output), textLimit)
  const texts = isList(output) ? output.map((part) => firstChild(part, ['text', 'content'])) : []
  if (texts.length > 0 && texts.every((text) => typeof text === 'string')) return shorten(texts.join('\n'), textLimit)
  const text = typeof output === 'object' && output !== null ? jsonText(output, textLimit) : asText(output)
  return text === null ? null : shorten(text, textLimit)
}
