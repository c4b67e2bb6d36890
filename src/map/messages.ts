import { createHash } from 'node:crypto'
import type { ToolAnswer, ToolAsk } from './facts.ts'
import { shorten } from './fit.ts'
import { child, firstChild, isList, isRecord, parseJson, type Tree } from './json.ts'
import { unwrapLangChain } from './langchain.ts'
import { answerIn, askIn, callIdOf, keepAnswer, keepAsk } from './toolcalls.ts'

/** What is kept of the messages of one span or record. */
export interface Talk {
  /** The last text of a user in what the model was given: earlier ones are of earlier turns, tool results no text. */
  asked: string | null
  /** The last text of the assistant in what came back. */
  answered: string | null
  reasoning: string | null
  readonly asks: Map<string, ToolAsk>
  readonly answers: Map<string, ToolAnswer>
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
  const opening = { opening: null, conversation: null }
  const counts = { earlierAsks: 0, earlierAnswers: 0, askedWithoutId: 0, answeredWithoutId: 0 }
  return { asked: null, answered: null, reasoning: null, asks: new Map(), answers: new Map(), ...opening, ...counts }
}

/** What was asked of tools. `isHistory`: it is known to be what a conversation repeats. */
export function asksOf({ asks, earlierAsks }: Talk, isHistory = false): ToolAsk[] {
  return [...asks.values()].map((ask, i) => (isHistory || i < earlierAsks ? { ...ask, earlier: true } : ask))
}

/** What they answered. */
export function answersOf({ answers, earlierAnswers }: Talk): ToolAnswer[] {
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
  const list = isList(tree) ? tree : firstChild(tree, ['messages', 'choices'])
  if (!isList(list)) return [tree]
  return list.some((message) => listInText(message) !== undefined) ? list.flatMap(conversationIn) : list
}

/** OpenLLMetry puts the whole input of the responses API, as JSON, into the text of one message. */
function conversationIn(message: Tree): readonly Tree[] {
  const text = listInText(message)
  const items = text === undefined ? undefined : parseJson(text)
  return isList(items) && items.some(isItem) ? items : [message]
}

/** The text of a message that has no other part, if it looks like a list. */
function listInText(message: Tree): string | undefined {
  const parts = child(message, 'parts')
  const content = isList(parts) && parts.length === 1 ? child(parts[0], 'content') : undefined
  return typeof content === 'string' && content.startsWith('[{') ? content : undefined
}

function isItem(tree: Tree): boolean {
  return typeof child(tree, 'role') === 'string' || askIn(tree) !== undefined || answerIn(tree) !== undefined
}

/** JSON that holds messages or parts; nothing if it is cut off; other text is what somebody said. */
function messagesInText(text: string): Tree | undefined {
  const tree = parseJson(text)
  if (tree === undefined) return /^\s*[[{]\s*["{[]/.test(text) ? undefined : { content: text }
  if (typeof tree === 'string') return { content: tree }
  const keys = ['role', 'parts', 'content', 'tool_calls', 'messages', 'choices']
  const speaks = isList(tree)
    ? tree.every(isRecord)
    : firstChild(tree, keys) !== undefined || isRecord(child(tree, 'message'))
  return speaks ? tree : { content: text }
}

function hearMessage(talk: Talk, wrapped: Tree, side: Side, textLimit: number, role?: string): void {
  const message = unwrapLangChain(firstChild(wrapped, ['message']) ?? wrapped)
  const speaker = role ?? speakerOf(message, side)
  // OpenAI's way: the whole message of role `tool` is the answer
  const isAnswer = speaker === 'tool' && callIdOf(message) !== null && !partsOf(message).some(answerIn)
  const texts: string[] = []
  const before = { asks: talk.asks.size, answers: talk.answers.size }
  if (isAnswer) keepAnswer(talk.answers, message, textLimit, placeOfAnswer(talk))
  else for (const part of partsOf(message)) hearPart(talk, part, texts, textLimit)
  for (const call of callsOf(message)) keepAsk(talk.asks, call, textLimit, placeOfAsk(talk))
  const text = texts.join('\n')
  if (!/\S/.test(text)) return
  if (speaker === 'user') {
    // a remark beside a tool's answer is no new turn
    if (talk.answers.size === before.answers) startTurn(talk, before)
    if (side === 'input') talk.asked = shorten(text, textLimit)
    talk.opening ??= text
  }
  if (side === 'output' && speaker === 'assistant') talk.answered = shorten(text, textLimit)
}

function startTurn(talk: Talk, before: { readonly asks: number; readonly answers: number }): void {
  talk.earlierAsks = before.asks
  talk.earlierAnswers = before.answers
}

const speakers: Readonly<Record<string, string>> = {
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  model: 'assistant',
  tool: 'tool',
  function: 'tool',
  system: 'system',
  developer: 'system',
}

function speakerOf(message: Tree, side: Side): string {
  for (const key of ['role', 'type']) {
    const role = child(message, key)
    const known = typeof role === 'string' ? role.toLowerCase() : ''
    if (Object.hasOwn(speakers, known)) return speakers[known]!
    // a role that nobody knows is neither a person's nor the model's: some write a tool's name there
    if (key === 'role' && known !== '') return known
  }
  return side === 'input' ? 'user' : 'assistant'
}

function partsOf(message: Tree): readonly Tree[] {
  const content = firstChild(message, ['parts', 'content', 'contents'])
  if (isList(content)) return content.map((part) => firstChild(part, ['message_content']) ?? part)
  if (typeof content === 'string') return partsInText(content)
  return [isRecord(content) ? content : message]
}

/** Some clients put the blocks of a message into its text, as JSON. */
function partsInText(content: string): readonly Tree[] {
  const parts = content.startsWith('[{') ? parseJson(content) : undefined
  return isList(parts) && parts.every(isPart) ? parts : [content]
}

function isPart(tree: Tree): boolean {
  return firstChild(tree, ['type', 'text', 'role', 'toolUse', 'toolResult']) !== undefined
}

function callsOf(message: Tree): readonly Tree[] {
  const calls = firstChild(message, ['tool_calls'])
  const list = typeof calls === 'string' ? parseJson(calls) : calls
  return isList(list) ? list.map((call) => firstChild(call, ['tool_call']) ?? call) : []
}

function hearPart(talk: Talk, part: Tree, texts: string[], textLimit: number): void {
  const ask = askIn(part)
  const answer = answerIn(part)
  if (ask !== undefined) keepAsk(talk.asks, ask, textLimit, placeOfAsk(talk))
  else if (answer !== undefined) keepAnswer(talk.answers, answer, textLimit, placeOfAnswer(talk))
  else if (typeof part === 'string') texts.push(part)
  else hearText(talk, part, texts, textLimit)
}

/**
 * Some clients (Gemini's) give calls no id. In a conversation, which each request repeats from its start, the k-th
 * answer is that of the k-th call.
 */
function placeOfAsk(talk: Talk): () => string | null {
  return () => placeIn(talk, talk.askedWithoutId++)
}

function placeOfAnswer(talk: Talk): () => string | null {
  return () => placeIn(talk, talk.answeredWithoutId++)
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

function hearText(talk: Talk, part: Tree, texts: string[], textLimit: number): void {
  const type = child(part, 'type')
  const text = firstChild(part, ['content', 'text', 'thinking'])
  if (typeof text !== 'string') return
  if (textTypes.has(type)) texts.push(text)
  if (type !== 'reasoning' && type !== 'thinking') return
  talk.reasoning = shorten(talk.reasoning === null ? text : `${talk.reasoning}\n${text}`, textLimit)
}
