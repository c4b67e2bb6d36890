import type { AnyValue, Attributes } from '../../decode/span.ts'
import { argumentFingerprint } from '../facts/argument-fingerprint.ts'
import { type Limits, shorten } from '../facts/column-limits.ts'
import type { ToolAnswer, ToolAsk, ToolRun } from '../facts/facts.ts'
import { dialects } from '../lookup/dialects.ts'
import type { MessageSummary } from '../messages/message-summary.ts'
import type { Dialect } from '../table/dialect.ts'
import type { FieldName } from '../table/fields.ts'
import { asText } from '../values/convert.ts'
import { jsonText } from '../values/json.ts'
import type { Tree } from '../values/tree.ts'

/** Limits the input and output of a tool run. */
export function storableTool(tool: ToolRun, limits: Limits): ToolRun {
  if (limits.content === Infinity) return tool
  return { ...tool, ...storableInput(tool.input, limits), output: storableOrNull(tool.output, limits) }
}

/** Limits the arguments of a tool call. */
export function storableAsk(ask: ToolAsk, limits: Limits): ToolAsk {
  return limits.content === Infinity ? ask : { ...ask, ...storableInput(ask.input, limits) }
}

/** Limits the result of a tool call. */
export function storableAnswer(answer: ToolAnswer, limits: Limits): ToolAnswer {
  return limits.content === Infinity ? answer : { ...answer, output: storableOrNull(answer.output, limits) }
}

/** Limits the texts of messages. An emptied text still differs from a missing one. */
export function storableMessages(summary: MessageSummary | null, limits: Limits): MessageSummary | null {
  if (summary === null || limits.content === Infinity) return summary
  const asks = summary.asks && each(summary.asks, (ask) => storableAsk(ask, limits))
  const answers = summary.answers && each(summary.answers, (answer) => storableAnswer(answer, limits))
  return {
    ...summary,
    userText: storableOrNull(summary.userText, limits),
    assistantText: storableOrNull(summary.assistantText, limits),
    reasoning: storableOrNull(summary.reasoning, limits),
    asks,
    answers,
  }
}

function each<T>(calls: ReadonlyMap<string, T>, change: (one: T) => T): Map<string, T> {
  return new Map(Array.from(calls, ([callId, one]) => [callId, change(one)]))
}

/** Limits arguments inside their JSON. Withheld arguments become an empty string, because `{}` means no arguments. */
function storableInput(input: string | null, { content }: Limits): Pick<ToolAsk, 'input' | 'likeness'> {
  if (input === null) return { input }
  const likeness = argumentFingerprint(input)
  if (input === '{}' || input.length <= content) return { input, likeness }
  return { input: content === 0 ? '""' : jsonText(JSON.parse(input) as Tree, content), likeness }
}

function storableOrNull(text: string | null, limits: Limits): string | null {
  return text === null ? null : storableText(text, limits)
}

/**
 * Limits the texts of attributes, except those that a dialect knows as no content: a prompt may be under any key, so the
 * text of an unknown key counts as content. An attribute whose text is emptied is left out.
 */
export function storableAttributes(attributes: Attributes, limits: Limits): Attributes {
  if (limits.content === Infinity) return attributes
  const storable = [...attributes].map(
    ([key, value]) => [key, keysWithoutContent.has(key) ? value : storableValue(value, limits)] as const,
  )
  return new Map(storable.filter(([, value]) => value !== null))
}

/** Limits a value that may be content. A text or structure that is too long becomes a cut text, or null if none is left. */
export function storableValue(value: AnyValue, limits: Limits): AnyValue {
  if (limits.content === Infinity || (typeof value !== 'string' && typeof value !== 'object')) return value
  const text = (value === null ? null : asText(value)) ?? ''
  return text.length <= limits.content ? value : storableText(text, limits) || null
}

/** Limits a text to `content`. */
export function storableText(text: string, { content }: Limits): string {
  return text.length <= content ? text : shorten(text, content)
}

/** The fields whose texts are content. */
const contentFields: readonly FieldName[] = ['query', 'result', 'toolInput', 'toolOutput']
/** Attributes of exceptions, which no dialect table names. */
const errorKeys = ['exception.type', 'exception.message', 'error.type']
/** Keys whose texts are no content in any dialect: ids, names, states and reasons of failure. */
const keysWithoutContent: ReadonlySet<string> = knownKeys(dialects)

function knownKeys(all: readonly Dialect[]): ReadonlySet<string> {
  const keys = new Set([
    ...errorKeys,
    ...all.flatMap(({ kinds }) => kinds.flatMap((rule) => ('key' in rule ? rule.key : []))),
  ])
  for (const [field, key] of fieldsOf(all)) if (!contentFields.includes(field)) keys.add(key)
  for (const [field, key] of fieldsOf(all)) if (contentFields.includes(field)) keys.delete(key)
  return keys
}

/** Returns every attribute that is a field as a whole; a structure that contains a field may contain content as well. */
function fieldsOf(all: readonly Dialect[]): (readonly [FieldName, string])[] {
  return all.flatMap(({ fields }) =>
    Object.entries(fields).flatMap(([field, sources]) =>
      sources.filter((source) => typeof source === 'string').map((key) => [field as FieldName, key] as const),
    ),
  )
}
