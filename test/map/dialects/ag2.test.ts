import { expect, test } from 'vitest'
import { mapper, operation } from './scoped.ts'

const map = mapper('opentelemetry.instrumentation.ag2')
const counters = {
  'gen_ai.usage.input_tokens': 100,
  'gen_ai.usage.output_tokens': 20,
  'gen_ai.response.model': 'gpt-4o',
}

test.each([
  ['conversation', 'workflow'],
  ['agent', 'agent'],
  ['llm', 'llm'],
  ['tool', 'tool'],
  ['human_input', 'plain'],
  ['envelope', 'plain'],
])('a span of type %s is %s', (type, kind) => {
  expect(map('step', { 'ag2.span.type': type }).kind).toBe(kind)
})

test.each([
  ['compaction', 'call'],
  ['aggregation', 'call'],
  ['subtask', 'aggregate'],
])('a record of usage of kind %s is a report with the role %s', (kind, role) => {
  const record = { ...counters, 'ag2.span.type': 'usage', 'ag2.usage.kind': kind, 'ag2.usage.total_tokens': 120 }
  expect(map(`record_usage ${kind}`, record).usage).toMatchObject({ role, prompt: 100, completion: 20 })
})

test('a record of usage repeats a call that has its own span', () => {
  const record = { ...counters, 'ag2.span.type': 'usage', 'ag2.usage.kind': 'model_call' }
  expect(map('record_usage model_call', record)).toMatchObject({ kind: 'plain', usage: null, unreadUsage: [] })
  const chat = { ...operation('chat'), ...counters, 'ag2.span.type': 'llm', 'gen_ai.usage.cost': 0.001 }
  expect(map('chat gpt-4o', chat).usage).toMatchObject({ role: 'call', prompt: 100, statedCostNano: 1_000_000 })
})

test('a conversation sums up the lives of its agents', () => {
  const conversation = { ...operation('conversation'), ...counters, 'ag2.span.type': 'conversation' }
  expect(map('conversation planner', conversation).usage?.role).toBe('lifetime')
})
