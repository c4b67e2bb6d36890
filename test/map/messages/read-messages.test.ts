import { expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import { genai } from '../../../src/map/dialects/genai.ts'
import { plain } from '../../../src/map/dialects/plain.ts'
import { eventRuleOf, recordMessages, spanMessages } from '../../../src/map/messages/read-messages.ts'
import { compileDialect, pruneDialect } from '../../../src/map/table/compile.ts'
import { newItem } from '../../../src/map/table/item.ts'
import { spanEvent } from '../make.ts'

const compiled = compileDialect(genai, plain)

function itemWith(attributes: Record<string, AnyValue>) {
  const item = newItem('chat', new Map(Object.entries(attributes)), '')
  return { item, dialect: pruneDialect(compiled, new Set(item.attributes.keys())) }
}

const input = { 'gen_ai.input.messages': '[{"role":"user","content":"why?"}]' }

test('a span has messages in lists, in flattened attributes and in events', () => {
  const flat = { 'gen_ai.completion.0.role': 'assistant', 'gen_ai.completion.0.content': 'so.' }
  const { item, dialect } = itemWith({ ...input, ...flat })
  expect(spanMessages(item, dialect, 'llm', 100)).toMatchObject({ userText: 'why?', assistantText: 'so.' })
  const other = itemWith({})
  other.item.events = [spanEvent('gen_ai.user.message', { content: 'who?' }), spanEvent('other', { content: 'x' })]
  expect(spanMessages(other.item, other.dialect, 'llm', 100)).toMatchObject({ userText: 'who?' })
})

test('a tool, an embedding and a span without attributes for messages have none', () => {
  const { item, dialect } = itemWith(input)
  expect(spanMessages(item, dialect, 'tool', 100)).toBeNull()
  expect(spanMessages(item, dialect, 'embedding', 100)).toBeNull()
  const empty = itemWith({ 'gen_ai.request.model': 'm' })
  expect(spanMessages(empty.item, empty.dialect, 'llm', 100)).toBeNull()
})

test('a log record has the one message of its rule, in its body or attributes, or the lists', () => {
  const { item, dialect } = itemWith({})
  item.body = new Map([['content', 'why?']])
  const messageOf = (name: string, one = { item, dialect }) =>
    recordMessages(one.item, one.dialect, eventRuleOf(compiled, name)!, 100)
  expect(messageOf('gen_ai.user.message')).toMatchObject({ userText: 'why?' })
  expect(messageOf('gen_ai.user.message', itemWith({ 'gen_ai.event.content': 'who?' }))).toMatchObject({
    userText: 'who?',
  })
  expect(messageOf('gen_ai.client.inference.operation.details', itemWith(input))).toMatchObject({ userText: 'why?' })
  expect(messageOf('gen_ai.client.inference.operation.details')).toBeNull()
  expect(messageOf('gen_ai.client.operation.exception')).toBeNull()
})

test('eventRuleOf knows only names that the dialect lists', () => {
  expect(eventRuleOf(compiled, 'gen_ai.choice')).toMatchObject({ message: 'output' })
  for (const name of ['gen_ai.other', 'toString', '__proto__']) expect(eventRuleOf(compiled, name)).toBeUndefined()
})
