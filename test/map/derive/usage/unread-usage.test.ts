import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../../../src/decode/span.ts'
import { vocabularyWith } from '../../../../src/map/lookup/vocabulary.ts'
import { mapRecord } from '../../../../src/map/record.ts'
import { mapSpan } from '../../../../src/map/span.ts'
import { recordingNames } from '../../../support/recordings.ts'
import { load } from '../../load.ts'
import { options, recordWith, spanWith } from '../../make.ts'

type Attributes = Readonly<Record<string, AnyValue>>
const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 20 }
const unreadIn = (attributes: Attributes) => mapSpan(spanWith(attributes), options).unreadUsage

describe('an attribute that looks like usage is unread', () => {
  test.each<[string, Attributes]>([
    ['beside counters that are read', { ...chat, 'acme.draft_tokens': 7n }],
    ['on an unknown span', { 'acme.draft_tokens': 7n }],
    ['as text', { ...chat, 'acme.draft_tokens': '7' }],
    ['inside JSON text', { ...chat, 'acme.draft_tokens': '{"prompt":100,"draft": 7}' }],
    ['inside a structure', { ...chat, 'acme.draft_tokens': new Map<string, AnyValue>([['draft', 7n]]) }],
    ["inside Python's text", { ...chat, 'acme.draft_tokens': 'prompt=100 draft=7' }],
  ])('%s', (_, attributes) => {
    expect(unreadIn(attributes)).toEqual(['acme.draft_tokens'])
  })

  test('money beside tokens whose cost no attribute states', () => {
    expect(unreadIn({ ...chat, 'acme.charged_cost': 0.5 })).toEqual(['acme.charged_cost'])
  })

  test('where only another dialect reads it, on a call without usage and on an unknown item', () => {
    const foreign = { 'llm.token_count.prompt': 12 }
    expect(unreadIn({ 'gen_ai.operation.name': 'chat', ...foreign })).toEqual(['llm.token_count.prompt'])
    expect(unreadIn({ 'gen_ai.operation.name': 'invoke_agent', ...foreign })).toEqual([])
    expect(unreadIn({ input_tokens: 12 })).toEqual(['input_tokens'])
  })

  test('on a log record', () => {
    const attributes = new Map<string, AnyValue>([['acme.draft_tokens', 7n]])
    expect(mapRecord(recordWith({ attributes }), options).unreadUsage).toEqual(['acme.draft_tokens'])
  })
})

describe('an attribute that looks like usage is not unread', () => {
  test.each<[string, Attributes]>([
    ['if it is 0', { ...chat, 'acme.draft_tokens': 0 }],
    ['if it is no number', { ...chat, 'acme.draft_tokens': 'none', 'acme.usage': false }],
    ['if it repeats a counter', { ...chat, 'acme.all_tokens': 120, 'acme.usage': '{"in": 100, "out": 20}' }],
    [
      'if it is what a counter leaves of the prompt',
      { ...chat, 'gen_ai.usage.cache_read.input_tokens': 60, 'acme.fresh_tokens': 40 },
    ],
    ['if it is a part of a stated cost', { ...chat, 'gen_ai.usage.cost': 0.5, 'acme.input_cost': 0.3 }],
    ['if it is the price of anything, on a span that no dialect knows', { 'order.price': 12.5 }],
  ])('%s', (_, attributes) => {
    expect(unreadIn(attributes)).toEqual([])
  })

  test('if the settings name it', () => {
    const vocabulary = vocabularyWith({ reasoning_tokens: { first: ['acme.draft_tokens'], last: [] } })
    expect(mapSpan(spanWith({ ...chat, 'acme.draft_tokens': 7 }), { ...options, vocabulary }).unreadUsage).toEqual([])
  })

  test('while its span is open', () => {
    const open = { endTimeUnixNano: 0n }
    expect(mapSpan(spanWith({ 'acme.draft_tokens': 7 }, open), options).unreadUsage).toEqual([])
  })
})

test('at most 8 names are kept, each no longer than its column', () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${'x'.repeat(300)}.${i}.tokens`, 7]))
  expect(unreadIn(many).map(({ length }) => length)).toEqual(Array(8).fill(255))
})

test('no recorded client has usage that is unread', () => {
  const unread = recordingNames().flatMap((name) => {
    const { spans, records } = load(name)
    const facts = [...spans.map((one) => mapSpan(one, options)), ...records.map((one) => mapRecord(one, options))]
    return facts.flatMap(({ unreadUsage }) => unreadUsage.map((key) => `${name}: ${key}`))
  })
  expect(unread).toEqual([])
})
