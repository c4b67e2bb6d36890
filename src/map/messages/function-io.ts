import { parseJson } from '../values/json.ts'
import { child, firstChild, isList, isRecord, sizeOf, type Tree } from '../values/tree.ts'

/** The names that applications give the question among the arguments of a traced function. */
const questionKeys = [
  'query',
  'question',
  'input',
  'inputs',
  'prompt',
  'task',
  'user_input',
  'userInput',
  'user_message',
  'message',
  'text',
]
/** The names that applications give the answer in the result of a traced function. */
const answerKeys = [
  'answer',
  'final_answer',
  'finalAnswer',
  'output',
  'outputs',
  'result',
  'response',
  'text',
  'content',
  'raw',
]
/** How many levels are searched: a framework wraps the keyword arguments of a function, one of which is the question. */
const deepest = 4

/**
 * Finds the input messages in the arguments of a traced function: messages, a question by its usual names, or arguments
 * around either. Returns undefined where there are none: the structure itself is never the question (trap 80).
 */
export function inputMessagesIn(input: Tree | undefined, depth = 0): Tree | undefined {
  const tree = parsed(input)
  if (typeof tree === 'string') return tree.trim() === '' ? undefined : [{ role: 'user', content: tree }]
  if (depth === deepest || tree === undefined) return undefined
  if (isList(tree)) return tree.some(isMessage) ? joined(tree) : undefined
  const message = firstChild(tree, ['new_message', 'newMessage'])
  if (message !== undefined) return [message]
  for (const key of ['messages', 'kwargs', 'args', 'input_args', ...questionKeys]) {
    const value = child(tree, key)
    const messages = inputMessagesIn(key === 'args' ? child(value, 0) : value, depth + 1)
    if (messages !== undefined) return messages
  }
  return undefined
}

/** Takes the only argument of a run as its question if the argument is a text. The name of the argument does not matter. */
export function onlyTextIn(input: Tree | undefined): Tree | undefined {
  const tree = parsed(input)
  if (!isRecord(tree)) return undefined
  const values = [...(tree instanceof Map ? tree.values() : Object.values(tree))]
  return values.length === 1 && typeof values[0] === 'string' ? inputMessagesIn(values[0]) : undefined
}

/** Finds the output messages in the result of a traced function, likewise. */
export function outputMessagesIn(output: Tree | undefined, depth = 0): Tree | undefined {
  const tree = parsed(output)
  if (typeof tree === 'string') return tree.trim() === '' ? undefined : [{ role: 'assistant', content: tree }]
  if (depth === deepest || tree === undefined) return undefined
  if (isList(tree)) return tree.some(isMessage) ? joined(tree) : outputMessagesIn(lastRecord(tree), depth + 1)
  if (isMessage(tree)) return [tree]
  const messages = firstChild(tree, ['messages', 'choices', 'generations'])
  if (isList(messages)) return joined(messages)
  for (const key of answerKeys) {
    const found = outputMessagesIn(child(tree, key), depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

/** Returns a structure, the structure that JSON text holds, or plain text; undefined for anything else. */
function parsed(value: Tree | undefined): Tree | undefined {
  if (typeof value !== 'string') return isList(value) || isRecord(value) ? value : undefined
  const tree = parseJson(value)
  if (tree !== undefined) return tree
  // JSON that was cut off, and Python objects that print as `Name(field=…)` or with their address, are no text
  return /^\s*([[{]\s*["{[\]}]|[A-Z]\w*\(\w+=)|^<[^>]* at 0x[\da-f]+>$/.test(value) ? undefined : value
}

/** Returns the last of several responses. */
function lastRecord(list: readonly Tree[]): Tree | undefined {
  const last = list.at(-1)
  return isRecord(last) ? last : undefined
}

/** Joins the conversations of a list: LangChain calls a model with several. */
function joined(messages: readonly Tree[]): readonly Tree[] {
  return messages.some(isList) ? (messages.flat() as Tree[]) : messages
}

function isMessage(tree: Tree): boolean {
  if (isList(tree)) return tree.some(isMessage)
  return firstChild(tree, ['role', 'kwargs', 'parts', 'message', 'toolUse']) !== undefined || isTyped(tree)
}

/** Whether a value is an item of the responses API, a content block, or LangChain's `{type: 'ai', data}`. */
function isTyped(tree: Tree): boolean {
  return (
    typeof child(tree, 'type') === 'string' &&
    firstChild(tree, ['data', 'content', 'text', 'call_id', 'id']) !== undefined
  )
}

/**
 * Returns the arguments of a traced Python function. Decorators write positional and keyword arguments apart,
 * `{args: […], kwargs: {…}}`; any other structure is the arguments themselves.
 */
export function functionArguments(input: Tree | undefined): Tree | undefined {
  const [args, kwargs] = [child(input, 'args'), child(input, 'kwargs')]
  if (!isRecord(kwargs) || !(args === undefined || isList(args))) return input
  return sizeOf(kwargs) === 0 && isList(args) && args.length > 0 ? args : kwargs
}
