import { describe, expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import type { Statements } from '../../../src/map/facts/facts.ts'
import { mapRecord } from '../../../src/map/record.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { atTop, options, recordWith, spanWith } from '../make.ts'

const statementsIn = (attributes: Record<string, AnyValue>, other: Partial<Span> = {}): Statements =>
  mapSpan(spanWith(attributes, other), options).statements
const input = JSON.stringify([{ role: 'user', content: 'why?' }])
const operation = (name: string) => ({ 'gen_ai.operation.name': name, 'gen_ai.input.messages': input })

describe('the rank of a query', () => {
  test.each([
    ['an attribute', { ...operation('invoke_workflow'), query: 'stated' }, { rank: 0, value: 'stated' }],
    ['messages of an agent', operation('invoke_agent'), { rank: 1, value: 'why?' }],
    ['messages of a model call', operation('chat'), { rank: 2, value: 'why?' }],
  ])('in %s', (_, attributes, query) => expect(statementsIn(attributes).query).toEqual(query))

  test('in a log record', () => {
    const attributes = new Map([['event.name', 'gen_ai.user.message']])
    const record = recordWith({ attributes, body: new Map([['content', 'why?']]) })
    expect(mapRecord(record, options).statements.query).toEqual({ rank: 3, value: 'why?' })
  })
})

test('the plain texts count at the top, on runs and on spans with a workflow id', () => {
  const query = { query: 'select 1' }
  expect(statementsIn(query)).toEqual({})
  expect(statementsIn(query, atTop).query?.value).toBe('select 1')
  expect(statementsIn({ ...query, 'step.type': 'task' }).query?.value).toBe('select 1')
  expect(statementsIn({ ...query, workflow_id: 'wf' }, { kind: 3 }).query?.value).toBe('select 1')
  expect(statementsIn({ ...query, 'step.type': 'tool' })).toEqual({})
})

test('a conversation is the session only where no attribute names a session', () => {
  const conversation = { ...operation('chat'), 'gen_ai.conversation.id': 'c' }
  expect(statementsIn(conversation).session).toEqual({ rank: 1, value: 'c' })
  expect(statementsIn({ ...conversation, session_id: 's' }).session).toEqual({ rank: 0, value: 's' })
})

test.each([
  [0.456, 0.46],
  ['0.5', 0.5],
  [1, 1],
  [1.01, undefined],
  [80, undefined],
])('a complexity of %s is %s', (score, complexity) => {
  expect(statementsIn({ complexity_score: score, 'step.type': 'task' }).complexity).toBe(complexity)
})

test('a field that is not stated is absent', () => {
  expect(statementsIn({ 'step.type': 'task', mode: 'fast' })).toEqual({ mode: 'fast' })
})

test('texts and ids are limited to their columns', () => {
  const long = 'x'.repeat(100_000)
  const { query, user, mode } = statementsIn({ 'step.type': 'task', query: long, user_id: long, mode: long })
  expect([query!.value.length, user!.value.length, mode!.length]).toEqual([65_536, 255, 50])
})
