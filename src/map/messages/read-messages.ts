import type { Attributes, SpanEvent } from '../../decode/span.ts'
import type { Kind } from '../facts/facts.ts'
import type { CompiledDialect } from '../table/compile.ts'
import type { EventRule, MessageSources } from '../table/dialect.ts'
import { type Item, newItem } from '../table/item.ts'
import { firstValue, valueAt } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { firstChild, isRecord, type Tree } from '../values/tree.ts'
import { unflatten } from '../values/unflatten.ts'
import { emptySummary, type MessageSummary, type Side, takeAsAnswer } from './message-summary.ts'
import { readMessages } from './messages.ts'

/** The kinds whose spans have messages: a tool's texts are its input and output, and an embedding has none. */
const kindsWithMessages: ReadonlySet<Kind> = new Set(['llm', 'agent', 'workflow', 'task'])

/** Reads the messages in the attributes and events of a span; null for spans without messages. */
export function spanMessages(
  item: Item,
  dialect: CompiledDialect,
  kind: Kind,
  textLimit: number,
): MessageSummary | null {
  if (kind === 'plain') return stepMessages(item, dialect, textLimit)
  const { presentMessages, events } = dialect
  const hasEvents = events !== undefined && item.events.length > 0
  if (!kindsWithMessages.has(kind) || (presentMessages === undefined && !hasEvents)) return null
  const summary = emptySummary(textLimit)
  if (presentMessages !== undefined) readLists(summary, item, presentMessages)
  if (hasEvents) for (const event of item.events) readSpanEvent(summary, event, dialect)
  return summary
}

/** Reads the tool calls and results in the messages of a plain span; null where its dialect names none. */
function stepMessages(
  item: Item,
  { stepMessages: sources }: CompiledDialect,
  textLimit: number,
): MessageSummary | null {
  if (sources === undefined) return null
  const summary = emptySummary(textLimit)
  readMessages(summary, firstList(item, sources), 'output')
  return summary.asks === null && summary.answers === null ? null : withoutTexts(summary)
}

function withoutTexts(summary: MessageSummary): MessageSummary {
  return { ...summary, userText: null, assistantText: null, reasoning: null }
}

function readSpanEvent(summary: MessageSummary, event: SpanEvent, dialect: CompiledDialect): void {
  const rule = eventRuleOf(dialect, event.name)
  if (rule !== undefined) readByRule(summary, newItem(event.name, event.attributes, ''), rule, dialect.messages)
}

/** Reads the messages of a log record; null for records without messages. */
export function recordMessages(
  item: Item,
  dialect: CompiledDialect,
  rule: EventRule,
  textLimit: number,
): MessageSummary | null {
  if (rule.message === undefined || (rule.message === 'lists' && dialect.presentMessages === undefined)) return null
  const summary = emptySummary(textLimit)
  readByRule(summary, item, rule, dialect.presentMessages)
  return summary
}

/** Reads the message of an event, or the lists that it carries. */
function readByRule(summary: MessageSummary, item: Item, rule: EventRule, lists: MessageSources | undefined): void {
  if (rule.message === undefined) return
  if (rule.message === 'lists') {
    if (lists !== undefined) readLists(summary, item, lists)
    return
  }
  const whole: Tree = isRecord(item.body) || typeof item.body === 'string' ? item.body : item.attributes
  readMessages(summary, messageAt(item, rule) ?? whole, rule.message, rule.role)
}

function messageAt(item: Item, { messageAt: places = [] }: EventRule): Tree | undefined {
  for (const place of places) {
    const found =
      typeof place === 'function'
        ? place(item)
        : (firstChild(item.body, [place]) ?? firstChild(item.attributes, [place]))
    if (found !== undefined) return found
  }
  return undefined
}

function readLists(summary: MessageSummary, item: Item, messages: MessageSources): void {
  const { attributes } = item
  readMessages(summary, firstList(item, messages.input) ?? flattened(attributes, messages.flatInput), 'input')
  readMessages(summary, firstList(item, messages.output) ?? flattened(attributes, messages.flatOutput), 'output')
  const forced = firstValue(item, messages.forcedFunction, asName)
  if (forced !== null) takeAsAnswer(summary, forced)
}

/** Messages as a span has them: a list, one message or its text, with the side that they are on. */
export interface SpanMessages {
  readonly side: Side
  readonly messages: Tree
  /** Where the place of the messages determines it. */
  readonly role: string | undefined
}

/** Returns all messages in the attributes and events of a span, as they are written there. */
export function messagesOfSpan(item: Item, { presentMessages, messages, events }: CompiledDialect): SpanMessages[] {
  const sources = presentMessages ?? messages
  const lists = sources === undefined ? [] : listsIn(item, sources)
  const ofEvents = item.events.flatMap((event) => {
    const rule = events?.[event.name]
    if (rule?.message === undefined) return []
    const of = newItem(event.name, event.attributes, '')
    if (rule.message === 'lists') return messages === undefined ? [] : listsIn(of, messages)
    return [{ side: rule.message, messages: messageAt(of, rule) ?? of.attributes, role: rule.role }]
  })
  return [...lists, ...ofEvents]
}

function listsIn(item: Item, { input, output, flatInput, flatOutput }: MessageSources): SpanMessages[] {
  const { attributes } = item
  const found = [
    { side: 'input' as const, messages: firstList(item, input) ?? flattened(attributes, flatInput), role: undefined },
    {
      side: 'output' as const,
      messages: firstList(item, output) ?? flattened(attributes, flatOutput),
      role: undefined,
    },
  ]
  return found.flatMap(({ messages, ...of }) => (messages === undefined ? [] : [{ ...of, messages }]))
}

function firstList(item: Item, sources: MessageSources['input']): Tree | undefined {
  for (const source of sources) {
    const value = valueAt(item, source)
    if (value !== undefined) return value
  }
  return undefined
}

function flattened(attributes: Attributes, prefix: string | undefined): readonly Tree[] | undefined {
  return prefix === undefined ? undefined : unflatten(attributes, prefix)
}

/** Returns the dialect's rule for an event with this name; undefined for none. */
export function eventRuleOf(dialect: CompiledDialect, name: string): EventRule | undefined {
  return dialect.events !== undefined && Object.hasOwn(dialect.events, name) ? dialect.events[name] : undefined
}
