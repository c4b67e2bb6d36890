import { child, firstChild, isList, isRecord, parseJson, type Tree } from '../facts/json.ts'

// what people call the question, and the answer, of the functions that they trace
const questions = [
  'query',
  'question',
  'input',
  'inputs',
  'prompt',
  'user_input',
  'userInput',
  'user_message',
  'message',
  'text',
]
const answers = [
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
/** Wrappers around wrappers: a framework calls a function that was given keywords, one of which is the question. */
const deepest = 4

/**
 * What was asked, found in what a traced function was called with: messages, a question by its usual names, arguments
 * around either. undefined where the structure says nothing of the kind; trap 80: it is never the structure itself.
 */
export function askedIn(called: Tree | undefined, depth = 0): Tree | undefined {
  const tree = parsed(called)
  if (typeof tree === 'string') return tree.trim() === '' ? undefined : [{ role: 'user', content: tree }]
  if (depth === deepest || tree === undefined) return undefined
  if (isList(tree)) return tree.some(isMessage) ? flattened(tree) : undefined
  const message = firstChild(tree, ['new_message', 'newMessage'])
  if (message !== undefined) return [message]
  for (const key of ['messages', 'kwargs', 'args', ...questions]) {
    const value = child(tree, key)
    const asked = askedIn(key === 'args' ? child(value, 0) : value, depth + 1)
    if (asked !== undefined) return asked
  }
  return undefined
}

/** What was answered, found likewise in what a traced function gave back. */
export function answeredIn(gave: Tree | undefined, depth = 0): Tree | undefined {
  const tree = parsed(gave)
  if (typeof tree === 'string') return tree.trim() === '' ? undefined : [{ role: 'assistant', content: tree }]
  if (depth === deepest || tree === undefined) return undefined
  if (isList(tree)) return tree.some(isMessage) ? flattened(tree) : answeredIn(lastRecord(tree), depth + 1)
  if (isMessage(tree)) return [tree]
  const messages = firstChild(tree, ['messages', 'choices', 'generations'])
  if (isList(messages)) return flattened(messages)
  for (const key of answers) {
    const answered = answeredIn(child(tree, key), depth + 1)
    if (answered !== undefined) return answered
  }
  return undefined
}

function parsed(value: Tree | undefined): Tree | undefined {
  if (typeof value !== 'string') return isList(value) || isRecord(value) ? value : undefined
  const tree = parseJson(value)
  if (tree !== undefined) return tree
  // what only begins like JSON was cut off; Python shows objects as `Name(field=…)`, or by their address
  return /^\s*([[{]\s*["{[\]}]|[A-Z]\w*\(\w+=)|^<[^>]* at 0x[\da-f]+>$/.test(value) ? undefined : value
}

/** The last of several responses. */
function lastRecord(list: readonly Tree[]): Tree | undefined {
  const last = list.at(-1)
  return isRecord(last) ? last : undefined
}

/** LangChain calls a model with a list of conversations. */
function flattened(messages: readonly Tree[]): readonly Tree[] {
  return messages.some(isList) ? (messages.flat() as Tree[]) : messages
}

function isMessage(tree: Tree): boolean {
  if (isList(tree)) return tree.some(isMessage)
  return firstChild(tree, ['role', 'kwargs', 'parts', 'message', 'toolUse']) !== undefined || isTyped(tree)
}

/** An item of the responses API, a block, or LangChain's `{type: 'ai', data}`. */
function isTyped(tree: Tree): boolean {
  return (
    typeof child(tree, 'type') === 'string' &&
    firstChild(tree, ['data', 'content', 'text', 'call_id', 'id']) !== undefined
  )
}
