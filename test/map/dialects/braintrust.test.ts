import { expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import { atTop } from '../make.ts'
import { mapper } from './scoped.ts'

const map = mapper('braintrust')
const of = (type: string): Record<string, AnyValue> => ({
  'braintrust.parent': 'project_name:trip',
  'braintrust.span_attributes': JSON.stringify({ type, name: 'weather' }),
})

test.each([
  ['llm', 'llm'],
  ['tool', 'tool'],
  ['task', 'task'],
  ['function', 'plain'],
  ['score', 'plain'],
])('%s is %s', (type, kind) => expect(map('step', of(type)).kind).toBe(kind))

test('a task at the top is a workflow', () => expect(map('step', of('task'), atTop).kind).toBe('workflow'))

test('a model call is read', () => {
  const facts = map('Chat Completion', {
    ...of('llm'),
    'braintrust.metadata': '{"provider":"openai","model":"m-1","user_id":"u"}',
    'braintrust.metrics':
      '{"prompt_tokens":307,"completion_tokens":29,"tokens":336,"prompt_cached_tokens":128,"completion_reasoning_tokens":13}',
    'braintrust.input_json': '[{"role":"user","content":"why?"}]',
    'braintrust.output_json': '[{"message":{"role":"assistant","content":"so."}}]',
  })
  expect(facts).toMatchObject({
    usage: {
      role: 'call',
      prompt: 307,
      completion: 29,
      cacheRead: 128,
      reasoning: 13,
      provider: 'openai',
      model: 'm-1',
    },
    statements: { query: { value: 'why?' }, result: { value: 'so.' }, user: { value: 'u' } },
  })
})

test('a tool run is read', () => {
  const attributes = {
    ...of('tool'),
    'braintrust.input_json': '{"city":"Lisbon"}',
    'braintrust.output_json': '"sunny"',
  }
  expect(map('step', attributes).tool).toMatchObject({ name: 'weather', input: '{"city":"Lisbon"}', output: 'sunny' })
})
