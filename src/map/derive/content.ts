import type { AnyValue, Attributes } from '../../decode/span.ts'
import { likenessOf } from '../facts/argument-fingerprint.ts'
import { type Limits, shorten } from '../facts/column-limits.ts'
import type { ToolAsk, ToolRun } from '../facts/facts.ts'
import { jsonText, type Tree } from '../facts/json.ts'
import { dialects } from '../lookup/dialects.ts'
import type { Talk } from '../messages/messages.ts'
import type { Dialect, FieldName } from '../table/dialect.ts'
import { asText } from '../table/reading.ts'

/** A tool run as it may be stored. */
export function storableTool(tool: ToolRun, limits: Limits): ToolRun {
  if (limits.content === Infinity) return tool
  return { ...tool, ...storableInput(tool.input, limits), output: storableOrNull(tool.output, limits) }
}

/** What messages say, as it may be stored. A text that is emptied still differs from one that wasn't there. */
export function storableTalk(talk: Talk | null, limits: Limits): Talk | null {
  if (talk === null || limits.content === Infinity) return talk
  const asks = talk.asks && each(talk.asks, (ask) => ({ ...ask, ...storableInput(ask.input, limits) }))
  const answers = talk.answers && each(talk.answers, (one) => ({ ...one, output: storableOrNull(one.output, limits) }))
  return {
    ...talk,
    asked: storableOrNull(talk.asked, limits),
    answered: storableOrNull(talk.answered, limits),
    reasoning: storableOrNull(talk.reasoning, limits),
    asks,
    answers,
  }
}

function each<T>(calls: ReadonlyMap<string, T>, change: (one: T) => T): Map<string, T> {
  return new Map(Array.from(calls, ([callId, one]) => [callId, change(one)]))
}

/** JSON text that is cut inside; withheld arguments are an empty string, because `{}` says that there were none. */
function storableInput(input: string | null, { content }: Limits): Pick<ToolAsk, 'input' | 'likeness'> {
  if (input === null) return { input }
  const likeness = likenessOf(input)
  if (input === '{}' || input.length <= content) return { input, likeness }
  return { input: content === 0 ? '""' : jsonText(JSON.parse(input) as Tree, content), likeness }
}

function storableOrNull(text: string | null, limits: Limits): string | null {
  return text === null ? null : storableText(text, limits)
}

/**
 * Attributes as they may be stored. Where content is limited, that holds for every text of an attribute but those that
 * a dialect knows as something else: a prompt may stand under any key, so what nobody knows is taken for content.
 */
export function storableAttributes(attributes: Attributes, limits: Limits): Attributes {
  if (limits.content === Infinity) return attributes
  const storable = [...attributes].map(
    ([key, value]) => [key, known.has(key) ? value : storableValue(value, limits)] as const,
  )
  return new Map(storable.filter(([, value]) => value !== null))
}

/** A value that may be content: numbers stay, a text or structure that is too long is a cut text, or null if none is left. */
export function storableValue(value: AnyValue, limits: Limits): AnyValue {
  if (limits.content === Infinity || (typeof value !== 'string' && typeof value !== 'object')) return value
  const text = (value === null ? null : asText(value)) ?? ''
  return text.length <= limits.content ? value : storableText(text, limits) || null
}

export function storableText(text: string, { content }: Limits): string {
  return text.length <= content ? text : shorten(text, content)
}

const contentFields: readonly FieldName[] = ['query', 'result', 'toolInput', 'toolOutput']
const errors = ['exception.type', 'exception.message', 'error.type']
/** Keys whose texts are ids, names, states and reasons of failure, in whatever dialect they are. */
const known: ReadonlySet<string> = knownKeys(dialects)

function knownKeys(all: readonly Dialect[]): ReadonlySet<string> {
  const keys = new Set([
    ...errors,
    ...all.flatMap(({ kinds }) => kinds.flatMap((rule) => ('key' in rule ? rule.key : []))),
  ])
  for (const [field, key] of fieldsOf(all)) if (!contentFields.includes(field)) keys.add(key)
  for (const [field, key] of fieldsOf(all)) if (contentFields.includes(field)) keys.delete(key)
  return keys
}

/** Every attribute that is a field as a whole, in any dialect; a structure that holds one may hold more. */
function fieldsOf(all: readonly Dialect[]): (readonly [FieldName, string])[] {
  return all.flatMap(({ fields }) =>
    Object.entries(fields).flatMap(([field, sources]) =>
      sources.filter((source) => typeof source === 'string').map((key) => [field as FieldName, key] as const),
    ),
  )
}
