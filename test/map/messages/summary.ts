import { emptySummary, type MessageSummary, type Side } from '../../../src/map/messages/message-summary.ts'
import { readMessages } from '../../../src/map/messages/messages.ts'
import type { Tree } from '../../../src/map/values/tree.ts'

/** The summary of these messages, whose texts are short enough to stay whole. */
export function summaryOf(messages: Tree | undefined, side: Side = 'input'): MessageSummary {
  const summary = emptySummary(1_000)
  readMessages(summary, messages, side)
  return summary
}

/** The texts, tool calls and tool results of a summary, as lists. */
export function listsOf({ userText, assistantText, asks, answers }: MessageSummary) {
  return { userText, assistantText, asks: [...(asks?.values() ?? [])], answers: [...(answers?.values() ?? [])] }
}
