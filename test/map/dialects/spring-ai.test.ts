import { expect, test } from 'vitest'
import { atTop } from '../make.ts'
import { mapper, operation } from './scoped.ts'

const map = mapper('org.springframework.boot')
const chat = {
  ...operation('chat'),
  'gen_ai.usage.input_tokens': '120',
  'gen_ai.usage.output_tokens': '27',
  'gen_ai.usage.total_tokens': '147',
  'gen_ai.usage.cache_read.input_tokens': '20',
  'gen_ai.response.model': 'none',
}

test.each([
  ['openai', 120],
  ['anthropic', 140],
])('counters of %s, which are text, give a prompt of %s', (system, prompt) => {
  expect(map('chat m-1', { ...chat, 'gen_ai.system': system }).usage).toMatchObject({
    prompt,
    completion: 27,
    cacheRead: 20,
    responseModel: null,
  })
})

test('clients and advisors are plain', () => {
  for (const kind of ['chat_client', 'advisor', 'vector_store'])
    expect(map('step', { ...operation('framework'), 'spring.ai.kind': kind }).kind).toBe('plain')
})

test('the conversation is the session, if it has an id', () => {
  const of = (id: string) =>
    map('spring_ai chat_client', { 'spring.ai.kind': 'chat_client', 'spring.ai.chat.client.conversation.id': id })
  expect(of('s-1').statements.session).toEqual({ rank: 1, value: 's-1' })
  expect(of('default').statements.session).toBeUndefined()
})

test('a tool run is read', () => {
  const facts = map('execute_tool weather', {
    'gen_ai.system': 'spring_ai',
    'spring.ai.kind': 'tool_call',
    'spring.ai.tool.definition.name': 'weather',
    'spring.ai.tool.definition.schema': '{"type":"object"}',
    'spring.ai.tool.call.id': 'c1',
    'spring.ai.tool.call.arguments': '{"city":"Lisbon"}',
    'spring.ai.tool.call.result': '"sunny"',
  })
  expect(facts.tool).toMatchObject({ name: 'weather', callId: 'c1', input: '{"city":"Lisbon"}', output: 'sunny' })
})

test('other spans of the application with the same scope are not recognised', () => {
  expect(map('trip', { workflow_id: 'wf-1' }, atTop)).toMatchObject({ kind: 'workflow', dialect: 'plain attributes' })
})
