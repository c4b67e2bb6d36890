import { expect, test } from 'vitest'
import { mapper } from './scoped.ts'

const map = mapper('promptflow')
const of = (type: string) => ({ framework: 'promptflow', span_type: type })

test.each([
  ['Flow', 'workflow'],
  ['LLM', 'llm'],
  ['Embedding', 'embedding'],
  ['Function', 'plain'],
])('the span type %s is the kind %s', (type, kind) => expect(map('step', of(type)).kind).toBe(kind))

test('a call, and the flow that sums up what lies below it', () => {
  const call = { 'llm.response.model': 'gpt-4', 'llm.usage.prompt_tokens': 700, 'llm.usage.completion_tokens': 70 }
  expect(map('create', { ...of('LLM'), ...call }).usage).toMatchObject({
    role: 'call',
    prompt: 700,
    completion: 70,
    responseModel: 'gpt-4',
  })
  const flow = map('flow', {
    ...of('Flow'),
    inputs: '{"question":"why?"}',
    output: '"so."',
    '__computed__.cumulative_token_count.prompt': 700,
    '__computed__.cumulative_token_count.completion': 70,
  })
  expect(flow.usage?.role).toBe('aggregate')
  expect(flow.statements).toMatchObject({ query: { value: 'why?' }, result: { value: 'so.' } })
})
