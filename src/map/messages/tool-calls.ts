import { columnSize } from '../../columns.ts'
import { fitId, fitText, shorten } from '../facts/column-limits.ts'
import type { ToolAnswer, ToolAsk } from '../facts/facts.ts'
import { argumentsText, child, firstChild, isList, isRecord, jsonText, parseJson, type Tree } from '../facts/json.ts'
import { asId, asText, unquoted } from '../table/reading.ts'

/** Tool calls that are kept of one span: a long history repeats them all in every call. */
const mostCalls = 512

const askTypes = new Set(['tool_call', 'tool-call', 'tool_use', 'function_call', 'server_tool_call', 'server_tool_use'])
const answerTypes = new Set([
  'tool_call_response',
  'tool-result',
  'tool_result',
  'function_call_output',
  'server_tool_call_response',
])

// `id` comes last: in the responses API it is the item's (`fc_…`), and the answer knows only `call_id`
const callIdKeys = ['call_id', 'tool_call_id', 'tool_use_id', 'toolUseId', 'toolCallId', 'id']
const nameKeys = ['name', 'toolName', 'tool_name']

// parts that have no type, but one key: Bedrock's, Gemini's, Haystack's
const askKeys = new Set(['toolUse', 'functionCall', 'function_call', 'tool_call'])
const answerKeys = new Set(['toolResult', 'functionResponse', 'function_response', 'tool_call_result'])

/** The call inside a part of a message, if the part is one: by its type, or by its only key. */
export function askIn(part: Tree): Tree | undefined {
  return partIn(part, askTypes, askKeys)
}

/** The answer to a call inside a part of a message, if the part is one. */
export function answerIn(part: Tree): Tree | undefined {
  return partIn(part, answerTypes, answerKeys)
}

function partIn(part: Tree, types: ReadonlySet<string>, keys: ReadonlySet<string>): Tree | undefined {
  if (!isRecord(part)) return undefined
  const type = child(part, 'type')
  if (typeof type === 'string') return types.has(type) ? part : undefined
  // it has few keys, and is asked for many
  for (const key of part instanceof Map ? part.keys() : Object.keys(part)) {
    if (!keys.has(key)) continue
    const block = child(part, key)
    if (isRecord(block)) return block
  }
  return undefined
}

export function callIdOf(tree: Tree | undefined): string | null {
  for (const key of callIdKeys) {
    const value = child(tree, key)
    const id = value === undefined ? null : asId(value)
    if (id !== null) return fitId(id)
  }
  return null
}

const argumentKeys = ['arguments', 'input', 'args', 'parameters']

/** Keeps what a message asks a tool for; a call without a name is left out. */
export function keepAsk(asks: Map<string, ToolAsk>, callId: string, call: Tree, textLimit: number): void {
  const before = asks.get(callId)
  // a streamed call may come with empty arguments first (recordings: Traceloop anthropic stream)
  if (before !== undefined && before.input !== null && before.input !== '{}') return
  const inner = child(call, 'function') ?? call
  const name = firstChild(inner, nameKeys)
  if (typeof name !== 'string' || name === '' || asks.size >= mostCalls) return
  const given = firstChild(inner, argumentKeys)
  const input = given === undefined || given === '' ? null : argumentsText(given, textLimit)
  asks.set(callId, { callId, name: fitText(name, columnSize.name), input: input ?? before?.input ?? null })
}

const answerPlaces = ['response', 'result', 'output', 'content', 'parts']
const errorKeys = ['is_error', 'isError', 'error']

/** Keeps what a message tells a tool gave back. */
export function keepAnswer(answers: Map<string, ToolAnswer>, callId: string, answer: Tree, textLimit: number): void {
  if (answers.has(callId) || answers.size >= mostCalls) return
  const given = unwrap(firstChild(answer, answerPlaces))
  if (isHandOff(given.value)) return
  const name = firstChild(answer, nameKeys)
  answers.set(callId, {
    callId,
    name: typeof name === 'string' && name !== '' ? fitText(name, columnSize.name) : null,
    output: given.value === undefined ? null : outputText(given.value, textLimit),
    failed:
      given.failed ||
      firstChild(answer, errorKeys) === true ||
      child(answer, 'status') === 'error' ||
      typeof onlyIn(given.value, 'error') === 'string',
  })
}

/** The OpenAI Agents SDK answers a call that hands over to another agent with that agent's name. No tool ran. */
function isHandOff(given: Tree | undefined): boolean {
  return onlyIn(given, 'assistant') !== undefined
}

/** The value of this key where it is the only one: Gemini's SDKs answer with `{error}` for a function that raised. */
function onlyIn(given: Tree | undefined, key: string): Tree | undefined {
  const tree = typeof given === 'string' && given.startsWith(`{"${key}"`) ? parseJson(given) : given
  if (!isRecord(tree)) return undefined
  const keys = tree instanceof Map ? [...tree.keys()] : Object.keys(tree)
  return keys.length === 1 ? child(tree, key) : undefined
}

/** The AI SDK puts a type before what a tool gave back: `{type: 'error-text', value}`. */
function unwrap(given: Tree | undefined): { readonly value: Tree | undefined; readonly failed: boolean } {
  const [type, value] = [child(given, 'type'), child(given, 'value')]
  const isWrapped = typeof type === 'string' && value !== undefined
  return isWrapped ? { value, failed: type.startsWith('error') } : { value: given, failed: false }
}

/** What a tool gave back, as text: a list of text parts is their text, other structures are JSON. */
export function outputText(output: Tree, textLimit: number): string | null {
  if (typeof output === 'string') return shorten(unquoted(output), textLimit)
  const texts = isList(output) ? output.map((part) => firstChild(part, ['text', 'content'])) : []
  if (texts.length > 0 && texts.every((text) => typeof text === 'string')) return shorten(texts.join('\n'), textLimit)
  const text = typeof output === 'object' && output !== null ? jsonText(output, textLimit) : asText(output)
  return text === null ? null : shorten(text, textLimit)
}
