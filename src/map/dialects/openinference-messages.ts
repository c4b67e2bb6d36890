import { answeredIn, askedIn } from '../called.ts'
import { child, isList, isRecord, type Tree } from '../json.ts'
import { type Reading, treeOf, treeOrText } from '../reading.ts'
import { unflatten } from '../unflatten.ts'

/** Its spans by their scope. */
export const isOfBedrock: RegExp = /bedrock/

/** The kind as OpenInference names it, in capitals; '' where it names none. */
export function kindOf(reading: Reading): string {
  const kind = reading.attributes.get('openinference.span.kind')
  return typeof kind === 'string' ? kind.toUpperCase() : ''
}

/** What was asked: of a model in its messages, of a run in its input. */
export function heard(reading: Reading): Tree | undefined {
  if (kindOf(reading) !== 'LLM') {
    const task = child(child(treeOf(reading, 'crew_tasks'), 0), 'description')
    return askedIn(task) ?? askedIn(reading.attributes.get('input.value'))
  }
  // Gemini's SDK calls functions on its own, and shows what it and they said with the last answer
  const history = child(treeOf(reading, 'output.value'), 'automatic_function_calling_history')
  if (isList(history) && history.length > 0) return history
  const flat = unflatten(reading.attributes, 'llm.input_messages')
  // of blocks, the flat messages have the texts alone
  const isLess = flat === undefined || isOfBedrock.test(reading.scope) || flat.some(isAnswerToNobody)
  return (isLess ? askedIn(reading.attributes.get('input.value')) : undefined) ?? flat
}

/** Some instrumentations leave out which call a tool answers. */
function isAnswerToNobody(flat: Tree): boolean {
  const message = child(flat, 'message')
  return child(message, 'role') === 'tool' && child(message, 'tool_call_id') === undefined
}

/** What was answered. */
export function said(reading: Reading): Tree | undefined {
  const answer = answeredIn(treeOrText(reading, 'output.value'))
  if (kindOf(reading) !== 'LLM') return answer
  // a list says who speaks and what is asked of tools, a text only what was said
  const flat = unflatten(reading.attributes, 'llm.output_messages')
  return isRecord(treeOf(reading, 'output.value')) ? (answer ?? flat) : (flat ?? answer)
}
