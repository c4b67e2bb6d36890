import { parseJson } from '../values/json.ts'
import { child, firstChild, isList, isRecord, type Tree } from '../values/tree.ts'
import type { Side } from './message-summary.ts'
import { toolAnswerIn, toolAskIn } from './tool-calls.ts'

/** Returns the messages in a list, in a record around a list, in one message or in bare text; JSON text is parsed. */
export function messagesIn(value: Tree | undefined): readonly Tree[] {
  if (value === undefined || value === null) return []
  const tree = typeof value === 'string' ? messagesInText(value) : value
  if (tree === undefined) return []
  const list = isList(tree) ? tree : (child(tree, 'messages') ?? child(tree, 'choices'))
  return isList(list) ? list : [tree]
}

const messageKeys = ['role', 'parts', 'content', 'tool_calls', 'messages', 'choices']

/** Returns what JSON text holds if that has messages or parts, nothing for JSON that was cut off, else a text message. */
function messagesInText(text: string): Tree | undefined {
  const tree = parseJson(text)
  if (tree === undefined) return /^\s*[[{]\s*["{[]/.test(text) ? undefined : { content: text }
  if (typeof tree === 'string') return { content: tree }
  const hasMessages = isList(tree)
    ? tree.every(isRecord)
    : firstChild(tree, messageKeys) !== undefined || isRecord(child(tree, 'message'))
  return hasMessages ? tree : { content: text }
}

/** Returns the items of a conversation that OpenLLMetry put, as JSON, into the text of one message's only part. */
export function conversationIn(parts: Tree | undefined): readonly Tree[] | undefined {
  const content = isList(parts) && parts.length === 1 ? child(parts[0], 'content') : undefined
  const items = typeof content === 'string' && content.startsWith('[{') ? parseJson(content) : undefined
  return isList(items) && items.some(isConversationItem) ? items : undefined
}

/** Whether a value is a message, a tool call or a tool result, as the input of the responses API lists them. */
function isConversationItem(tree: Tree): boolean {
  return typeof child(tree, 'role') === 'string' || toolAskIn(tree) !== undefined || toolAnswerIn(tree) !== undefined
}

const roles: ReadonlyMap<string, string> = new Map([
  ['user', 'user'],
  ['human', 'user'],
  ['assistant', 'assistant'],
  ['ai', 'assistant'],
  ['model', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
  ['system', 'system'],
  ['developer', 'system'],
])

/** Returns the role of a message: `user`, `assistant`, `tool`, `system`, or an unknown one in lower case. */
export function roleOf(message: Tree, side: Side): string {
  const stated = child(message, 'role')
  // an unknown role is neither user nor assistant: some clients write a tool's name there
  if (typeof stated === 'string' && stated !== '') return knownRole(stated) ?? stated.toLowerCase()
  const type = child(message, 'type')
  const role = typeof type === 'string' ? knownRole(type) : undefined
  return role ?? (side === 'input' ? 'user' : 'assistant')
}

function knownRole(word: string): string | undefined {
  return roles.get(word) ?? roles.get(word.toLowerCase())
}

const contentKeys = ['parts', 'content', 'contents']

/** Returns the parts of a message, whatever its client calls them; a message without parts is one part itself. */
export function partsOf(message: Tree): readonly Tree[] {
  const outer = firstChild(message, contentKeys)
  // Mastra's messages and Gemini's answers have their parts one level deeper
  const content = child(outer, 'parts') ?? outer
  if (isList(content)) return content.some(isWrapped) ? content.map(unwrapped) : content
  if (typeof content === 'string') return partsInText(content)
  return [isRecord(content) ? content : message]
}

/** Returns what is inside `message_content`, which OpenInference puts around each part. */
function unwrapped(part: Tree): Tree {
  return child(part, 'message_content') ?? part
}

function isWrapped(part: Tree): boolean {
  return unwrapped(part) !== part
}

/** Returns the parts that some clients write, as JSON, into the text of a message; else the text. */
function partsInText(content: string): readonly Tree[] {
  const parts = content.startsWith('[{') ? parseJson(content) : undefined
  return isList(parts) && parts.every(isPart) ? parts : [content]
}

const partKeys = ['type', 'text', 'role', 'toolUse', 'toolResult']

function isPart(tree: Tree): boolean {
  return firstChild(tree, partKeys) !== undefined
}

const noCalls: readonly Tree[] = []

/** Returns the tool calls that stand beside the parts of a message. */
export function toolCallsOf(message: Tree): readonly Tree[] {
  const calls = child(message, 'tool_calls')
  const list = typeof calls === 'string' ? parseJson(calls) : calls
  return isList(list) ? list.map((call) => child(call, 'tool_call') ?? call) : noCalls
}
