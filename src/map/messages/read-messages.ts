import type { Attributes, SpanEvent } from '../../decode/span.ts'
import type { Kind } from '../facts/facts.ts'
import { firstChild, isRecord, type Tree } from '../facts/json.ts'
import { unflatten } from '../facts/unflatten.ts'
import type { Narrow } from '../table/compile.ts'
import type { EventRule, Messages } from '../table/dialect.ts'
import { newReading, type Reading, valueAt } from '../table/reading.ts'
import { hear, newTalk, type Talk } from './messages.ts'

const talkative: ReadonlySet<Kind> = new Set(['llm', 'agent', 'workflow', 'task'])

/** What the messages on a span say; null for spans that have none to tell (tools, embeddings). */
export function hearSpan(reading: Reading, dialect: Narrow, kind: Kind, textLimit: number): Talk | null {
  const { listed, events } = dialect
  if (!talkative.has(kind) || (listed === undefined && (events === undefined || reading.events.length === 0)))
    return null
  const talk = newTalk()
  if (listed !== undefined) hearLists(talk, reading, listed, textLimit)
  if (events !== undefined) for (const event of reading.events) hearEvent(talk, event, dialect, textLimit)
  return talk
}

function hearEvent(talk: Talk, event: SpanEvent, dialect: Narrow, textLimit: number): void {
  const rule = ruleOf(dialect, event.name)
  if (rule === undefined) return
  hearByRule(talk, newReading(event.name, event.attributes, ''), { rule, lists: dialect.messages }, textLimit)
}

/** What the messages of a log record say. */
export function hearRecord(reading: Reading, dialect: Narrow, rule: EventRule, textLimit: number): Talk | null {
  if (rule.message === undefined || (rule.message === 'lists' && dialect.listed === undefined)) return null
  const talk = newTalk()
  hearByRule(talk, reading, { rule, lists: dialect.listed }, textLimit)
  return talk
}

/** What an event says, and where the lists of its messages stand. */
interface Hearing {
  readonly rule: EventRule
  readonly lists: Messages | undefined
}

function hearByRule(talk: Talk, reading: Reading, { rule, lists }: Hearing, textLimit: number): void {
  if (rule.message === undefined) return
  if (rule.message === 'lists') {
    if (lists !== undefined) hearLists(talk, reading, lists, textLimit)
    return
  }
  const whole: Tree = isRecord(reading.body) || typeof reading.body === 'string' ? reading.body : reading.attributes
  hear(talk, messageAt(reading, rule) ?? whole, rule.message, textLimit, rule.role)
}

function messageAt(reading: Reading, { at = [] }: EventRule): Tree | undefined {
  for (const place of at) {
    const found =
      typeof place === 'function'
        ? place(reading)
        : (firstChild(reading.body, [place]) ?? firstChild(reading.attributes, [place]))
    if (found !== undefined) return found
  }
  return undefined
}

function hearLists(talk: Talk, reading: Reading, messages: Messages, textLimit: number): void {
  const { attributes } = reading
  hear(talk, firstList(reading, messages.input) ?? flat(attributes, messages.flatInput), 'input', textLimit)
  hear(talk, firstList(reading, messages.output) ?? flat(attributes, messages.flatOutput), 'output', textLimit)
}

function firstList(reading: Reading, sources: Messages['input']): Tree | undefined {
  for (const source of sources) {
    const value = valueAt(reading, source)
    if (value !== undefined) return value
  }
  return undefined
}

function flat(attributes: Attributes, prefix: string | undefined): readonly Tree[] | undefined {
  return prefix === undefined ? undefined : unflatten(attributes, prefix)
}

/** The rule of a dialect for an event of this name. */
export function ruleOf(dialect: Narrow, name: string): EventRule | undefined {
  return dialect.events !== undefined && Object.hasOwn(dialect.events, name) ? dialect.events[name] : undefined
}
