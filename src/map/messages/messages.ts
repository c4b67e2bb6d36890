import { createHash } from 'node:crypto'
import { shorten } from '../facts/column-limits.ts'
import type { ToolAnswer, ToolAsk } from '../facts/facts.ts'
import { child, firstChild, isList, isRecord, parseJson, type Tree } from '../facts/json.ts'
import { unwrapLangChain } from './langchain.ts'
import { answerIn, askIn, callIdOf, keepAnswer, keepAsk } from './tool-calls.ts'

/** What is kept of the messages of one span or record. */
export interface Talk {
  /** The last text of a user in what the model was given: earlier ones are of earlier turns, tool results no text. */
  asked: string | null
  /** The last text of the assistant in what came back. */
  answered: string | null
  reasoning: string | null
  /** By call id; null while there are none, as mostly. */
  asks: Map<string, ToolAsk> | null
  answers: Map<string, ToolAnswer> | null
  /** How many of them came before a person spoke again: a conversation repeats its earlier turns. */
  earlierAsks: number
  earlierAnswers: number
  /** The first text of a user, which tells this conversation from others, and its hash once that is needed. */
  opening: string | null
  conversation: string | null
  /** Calls without an id in it, so far. */
  askedWithoutId: number
  answeredWithoutId: number
}

/** What a model was given, or what came back. */
export type Side = 'input' | 'output'

export function newTalk(): Talk {
  return {
    asked: null,
    answered: null,
    reasoning: null,
    asks: null,
    answers: null,
    earlierAsks: 0,
    earlierAnswers: 0,
    opening: null,
    conversation: null,
    askedWithoutId: 0,
    answeredWithoutId: 0,
  }
}

/** What was asked of tools. `isHistory`: it is known to be what a conversation repeats. */
export function asksOf({ asks, earlierAsks }: Talk, isHistory = false): ToolAsk[] {
  if (asks === null) return []
  return [...asks.values()].map((ask, i) => (isHistory || i < earlierAsks ? { ...ask, earlier: true } : ask))
}

/** What they answered. */
export function answersOf({ answers, earlierAnswers }: Talk): ToolAnswer[] {
  if (answers === null) return []
  return [...answers.values()].map((answer, i) => (i < earlierAnswers ? { ...answer, earlier: true } : answer))
}

/**
 * Takes in a list of messages, one message, or its bare text, in any of the shapes that clients write: semantic
 * conventions (`parts`), OpenAI chat (`content`, `tool_calls`), OpenAI responses (items), Anthropic and Bedrock (blocks),
 * LangChain (serialised classes), OpenInference (each thing inside its own name).
 * `role` is who speaks if the place of the messages tells it.
 */
export function hear(talk: Talk, heard: Tree | undefined, side: Side, textLimit: number, role?: string): void {
  for (const message of messagesIn(heard)) hearMessage(talk, message, side, textLimit, role)
}

function messagesIn(heard: Tree | undefined): readonly Tree[] {
  if (heard === undefined || heard === null) return []
  const tree = typeof heard === 'string' ? messagesInText(heard) : heard
  if (tree === undefined) return []
  const list = isList(tree) ? tree : (child(tree, 'messages') ?? child(tree, 'choices'))
  return isList(list) ? list : [tree]
}

/** OpenLLMetry puts the whole input of the responses API, as JSON, into the text of one message. */
function conversationIn(parts: Tree | undefined): readonly Tree[] | undefined {
  const content = isList(parts) && parts.length === 1 ? child(parts[0], 'content') : undefined
  const items = typeof content === 'string' && content.startsWith('[{') ? parseJson(content) : undefined
  return isList(items) && items.some(isItem) ? items : undefined
}

function isItem(tree: Tree): boolean {
  return typeof child(tree, 'role') === 'string' || askIn(tree) !== undefined || answerIn(tree) !== undefined
}

const messageKeys = ['role', 'parts', 'content', 'tool_calls', 'messages', 'choices']

/** JSON that holds messages or parts; nothing if it is cut off; other text is what somebody said. */
function messagesInText(text: string): Tree | undefined {
  const tree = parseJson(text)
  if (tree === undefined) return /^\s*[[{]\s*["{[]/.test(text) ? undefined : { content: text }
  if (typeof tree === 'string') return { content: tree }
  const speaks = isList(tree)
    ? tree.every(isRecord)
    : firstChild(tree, messageKeys) !== undefined || isRecord(child(tree, 'message'))
  return speaks ? tree : { content: text }
}

function hearMessage(talk: Talk, wrapped: Tree, side: Side, textLimit: number, role?: string): void {
  const inside = child(wrapped, 'parts')
  const conversation = conversationIn(inside)
  if (conversation !== undefined) {
    for (const item of conversation) hearMessage(talk, item, side, textLimit, role)
    return
  }
  const message = isList(inside) ? wrapped : unwrapLangChain(child(wrapped, 'message') ?? wrapped)
  const speaker = role ?? speakerOf(message, side)
  const parts = partsOf(message)
  const before = { asks: talk.asks?.size ?? 0, answers: talk.answers?.size ?? 0 }
  let text: string | null = null
  // OpenAI's way: the whole message of role `tool` is the answer
  const isAnswer = speaker === 'tool' && (callIdOf(message) !== null || talk.askedWithoutId > talk.answeredWithoutId)
  if (isAnswer && !parts.some((part) => answerIn(part) !== undefined)) hearAnswer(talk, message, textLimit)
  else for (const part of parts) text = joined(text, hearPart(talk, part, textLimit))
  for (const call of callsOf(message)) hearAsk(talk, call, textLimit)
  if (text === null || !/\S/.test(text)) return
  if (speaker === 'user') {
    // a remark beside a tool's answer is no new turn
    if ((talk.answers?.size ?? 0) === before.answers) startTurn(talk, before)
    if (side === 'input') talk.asked = shorten(text, textLimit)
    talk.opening ??= text
  }
  if (side === 'output' && speaker === 'assistant') talk.answered = shorten(text, textLimit)
}

function joined(before: string | null, text: string | null): string | null {
  return before === null || text === null ? (before ?? text) : `${before}\n${text}`
}

function startTurn(talk: Talk, before: { readonly asks: number; readonly answers: number }): void {
  talk.earlierAsks = before.asks
  talk.earlierAnswers = before.answers
}

const speakers: ReadonlyMap<string, string> = new Map([
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

function speakerOf(message: Tree, side: Side): string {
  const role = child(message, 'role')
  // a role that nobody knows is neither a person's nor the model's: some write a tool's name there
  if (typeof role === 'string' && role !== '') return speakerIn(role) ?? role.toLowerCase()
  const type = child(message, 'type')
  const speaker = typeof type === 'string' ? speakerIn(type) : undefined
  return speaker ?? (side === 'input' ? 'user' : 'assistant')
}

function speakerIn(word: string): string | undefined {
  return speakers.get(word) ?? speakers.get(word.toLowerCase())
}

const contentKeys = ['parts', 'content', 'contents']

function partsOf(message: Tree): readonly Tree[] {
  const holds = firstChild(message, contentKeys)
  // Mastra's messages, and Gemini's answers, have them one deeper
  const content = child(holds, 'parts') ?? holds
  if (isList(content)) return content.some(isWrapped) ? content.map(unwrapped) : content
  if (typeof content === 'string') return partsInText(content)
  return [isRecord(content) ? content : message]
}

/** OpenInference puts each part into a name of its own. */
function unwrapped(part: Tree): Tree {
  return child(part, 'message_content') ?? part
}

function isWrapped(part: Tree): boolean {
  return unwrapped(part) !== part
}

/** Some clients put the blocks of a message into its text, as JSON. */
function partsInText(content: string): readonly Tree[] {
  const parts = content.startsWith('[{') ? parseJson(content) : undefined
  return isList(parts) && parts.every(isPart) ? parts : [content]
}

const partKeys = ['type', 'text', 'role', 'toolUse', 'toolResult']

function isPart(tree: Tree): boolean {
  return firstChild(tree, partKeys) !== undefined
}

const noCalls: readonly Tree[] = []

function callsOf(message: Tree): readonly Tree[] {
  const calls = child(message, 'tool_calls')
  const list = typeof calls === 'string' ? parseJson(calls) : calls
  return isList(list) ? list.map((call) => child(call, 'tool_call') ?? call) : noCalls
}

/** Hears a call of a tool, a tool's answer or a thought, and gives back what is text. */
function hearPart(talk: Talk, part: Tree, textLimit: number): string | null {
  if (typeof part === 'string') return part
  const ask = askIn(part)
  if (ask !== undefined) {
    hearAsk(talk, ask, textLimit)
    return null
  }
  const answer = answerIn(part)
  if (answer === undefined) return hearText(talk, part, textLimit)
  hearAnswer(talk, answer, textLimit)
  return null
}

/**
 * Some clients (Gemini's) give calls no id. In a conversation, which each request repeats from its start, the k-th
 * answer is that of the k-th call.
 */
function hearAsk(talk: Talk, call: Tree, textLimit: number): void {
  const callId = callIdOf(call) ?? placeIn(talk, talk.askedWithoutId++)
  if (callId === null) return
  talk.asks ??= new Map()
  keepAsk(talk.asks, callId, call, textLimit)
}

function hearAnswer(talk: Talk, answer: Tree, textLimit: number): void {
  const callId = callIdOf(answer) ?? callIdOf(child(answer, 'origin')) ?? placeIn(talk, talk.answeredWithoutId++)
  if (callId === null) return
  talk.answers ??= new Map()
  keepAnswer(talk.answers, callId, answer, textLimit)
}

function placeIn(talk: Talk, place: number): string | null {
  if (talk.opening === null) return null
  talk.conversation ??= createHash('sha256').update(talk.opening).digest('hex').slice(0, 16)
  return `${talk.conversation}:${place}`
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

function hearText(talk: Talk, part: Tree, textLimit: number): string | null {
  const text = firstChild(part, textKeys)
  if (typeof text !== 'string') return null
  const type = child(part, 'type')
  if (type === 'reasoning' || type === 'thinking')
    talk.reasoning = shorten(talk.reasoning === null ? text : `${talk.reasoning}\n${text}`, textLimit)
  return textTypes.has(type) ? text : null
}
