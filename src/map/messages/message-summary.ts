import type { ToolAnswer, ToolAsk } from '../facts/facts.ts'

/** What is kept of the messages of one span or record. */
export interface MessageSummary {
  /** The most UTF-16 code units of each text. */
  readonly textLimit: number
  /** The last text of role user in the input: earlier ones are of earlier turns, and tool results are no text. */
  userText: string | null
  /** The last text of role assistant in the output. */
  assistantText: string | null
  reasoning: string | null
  /** Tool calls by call id; null while there are none, as in most messages. */
  asks: Map<string, ToolAsk> | null
  /** Tool results by call id; null while there are none. */
  answers: Map<string, ToolAnswer> | null
  /** How many asks and answers came before the last user text: a conversation repeats its earlier turns. */
  earlierAsks: number
  earlierAnswers: number
  /** How many results came before the end of the model's last message in the input: an earlier request had them first. */
  repeatedAnswers: number
  /** How many results were in the input; null while no output was read. */
  inputAnswers: number | null
  /** The first user text, which identifies the conversation, and its hash once a call id is made of it. */
  openingText: string | null
  openingHash: string | null
  /** How many calls and results without an id were read so far. */
  asksWithoutId: number
  answersWithoutId: number
  /** The stated ids of the last calls that no result has answered so far; null while there are none. */
  pendingCalls: string[] | null
  /** true: the last thing that was read of calls and results was a result, so the next call begins new pending ones. */
  isAnswering: boolean
}

/** Whether a message is among those that a model was given, or those that it gave back. */
export type Side = 'input' | 'output'

/** Creates the summary of no messages; `textLimit` is in UTF-16 code units. */
export function emptySummary(textLimit: number): MessageSummary {
  return {
    textLimit,
    userText: null,
    assistantText: null,
    reasoning: null,
    asks: null,
    answers: null,
    earlierAsks: 0,
    earlierAnswers: 0,
    repeatedAnswers: 0,
    inputAnswers: null,
    openingText: null,
    openingHash: null,
    asksWithoutId: 0,
    answersWithoutId: 0,
    pendingCalls: null,
    isAnswering: false,
  }
}

// most spans have neither
const none: readonly never[] = []

/** Returns the tool calls. `isHistory`: all of them are of earlier turns, which a conversation repeats. */
export function toolAsksOf({ asks, earlierAsks }: MessageSummary, isHistory = false): readonly ToolAsk[] {
  if (asks === null) return none
  return [...asks.values()].map((ask, i) => (isHistory || i < earlierAsks ? { ...ask, earlier: true } : ask))
}

/**
 * Returns the tool results. `isRequest`: the messages are those of one request to a model, which repeats the results of
 * the requests before it. Other spans show all messages of their run.
 */
export function toolAnswersOf(summary: MessageSummary, isRequest: boolean): readonly ToolAnswer[] {
  const { answers, earlierAnswers } = summary
  if (answers === null) return none
  const repeatedAnswers = isRequest ? summary.repeatedAnswers : 0
  const inputAnswers = isRequest ? summary.inputAnswers : null
  return [...answers.values()].map((answer, i) => {
    if (i < earlierAnswers) return { ...answer, earlier: true }
    if (i < repeatedAnswers) return { ...answer, repeated: true }
    return inputAnswers !== null && i >= inputAnswers ? { ...answer, inAnswer: true } : answer
  })
}

/**
 * Takes the calls of a function that the request forces as the model's answer: its arguments are the text, and what
 * answers it, such as an error of validation, is no result of a tool.
 */
export function takeAsAnswer(summary: MessageSummary, name: string): void {
  const asked = [...(summary.asks?.values() ?? [])]
  const answered = [...(summary.answers?.keys() ?? [])]
  const forced = asked.filter((ask) => ask.name === name)
  const isLost = (callId: string) => forced.some((ask) => ask.callId === callId)
  summary.earlierAsks -= asked.slice(0, summary.earlierAsks).filter(({ callId }) => isLost(callId)).length
  summary.earlierAnswers -= answered.slice(0, summary.earlierAnswers).filter(isLost).length
  summary.repeatedAnswers -= answered.slice(0, summary.repeatedAnswers).filter(isLost).length
  if (summary.inputAnswers !== null)
    summary.inputAnswers -= answered.slice(0, summary.inputAnswers).filter(isLost).length
  for (const { callId, input } of forced) {
    summary.asks!.delete(callId)
    if (summary.answers?.delete(callId) !== true) summary.assistantText ??= input
  }
}
