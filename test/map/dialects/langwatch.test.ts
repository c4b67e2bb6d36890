import { expect, test } from 'vitest'
import { atTop } from '../make.ts'
import { mapper } from './scoped.ts'

const map = mapper('langwatch')

test.each([
  ['llm', 'llm'],
  ['tool', 'tool'],
  ['agent', 'agent'],
  ['workflow', 'workflow'],
  ['rag', 'plain'],
  ['span', 'plain'],
])('the span type %s is the kind %s', (type, kind) => {
  expect(map('step', { 'langwatch.span.type': type }).kind).toBe(kind)
})

test('a span at the top is a workflow, its only text argument is the query, its metadata has the ids', () => {
  const facts = map(
    'trip-planner',
    {
      'langwatch.span.type': 'span',
      'langwatch.input': '{"type":"json","value":{"q":"why?"}}',
      'langwatch.output': '{"type":"text","value":"so."}',
      metadata: '{"user_id":"u","thread_id":"t","workflow_id":"wf"}',
    },
    atTop,
  )
  expect(facts.kind).toBe('workflow')
  expect(facts.workflowId).toBe('wf')
  expect(facts.statements).toMatchObject({
    query: { value: 'why?' },
    result: { value: 'so.' },
    user: { value: 'u' },
    session: { value: 't' },
  })
})

test.each([
  ['Python', '{"prompt_tokens":307,"completion_tokens":29,"reasoning_tokens":13}', 13],
  ['TypeScript', '{"type":"json","value":{"promptTokens":307,"completionTokens":29}}', null],
])('a call counts what %s writes', (_, metrics, reasoning) => {
  const { usage } = map('llm', {
    'langwatch.span.type': 'llm',
    'gen_ai.request.model': 'openai/gpt-4o-mini',
    'langwatch.metrics': metrics,
  })
  expect(usage).toMatchObject({
    role: 'call',
    prompt: 307,
    completion: 29,
    reasoning,
    provider: 'openai',
    model: 'gpt-4o-mini',
  })
})

test('a tool is named by its span', () => {
  const attributes = {
    'langwatch.span.type': 'tool',
    'langwatch.input': '{"type":"json","value":{"city":"Lisbon"}}',
    'langwatch.output': '{"type":"text","value":"sunny"}',
  }
  expect(map('get_weather', attributes).tool).toMatchObject({
    name: 'get_weather',
    input: '{"city":"Lisbon"}',
    output: 'sunny',
  })
})
