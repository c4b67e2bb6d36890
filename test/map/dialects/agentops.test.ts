import { expect, test } from 'vitest'
import { mapper } from './scoped.ts'

const map = mapper('agentops')

test.each([
  ['session', 'workflow'],
  ['agent', 'agent'],
  ['task', 'task'],
  ['tool', 'tool'],
])('the span kind %s is the kind %s', (kind, expected) => {
  expect(map('step', { 'agentops.span.kind': kind }).kind).toBe(expected)
})

test('a tool call that the model asked for is no run', () => {
  const map = mapper('agentops.instrumentation.providers.openai.wrappers.chat')
  expect(map('tool_call.get_weather', { 'tool.name': 'get_weather', 'tool.call.id': 'c1' }).kind).toBe('plain')
})

test.each([
  ['an argument', '{"args": [{"city": "Lisbon"}], "kwargs": {}}'],
  ['keywords', '{"args": [], "kwargs": {"city": "Lisbon"}}'],
])('a tool called with %s', (_, input) => {
  const attributes = {
    'agentops.span.kind': 'tool',
    'operation.name': 'get_weather',
    'agentops.tool.input': input,
    'agentops.tool.output': 'sunny',
  }
  expect(map('get_weather.tool', attributes).tool).toMatchObject({
    name: 'get_weather',
    input: '{"city":"Lisbon"}',
    output: 'sunny',
  })
})

test('a session says what was asked and answered', () => {
  const { statements } = map('trip.session', {
    'agentops.span.kind': 'session',
    'agentops.entity.input': '{"args": ["why?"], "kwargs": {}}',
    'agentops.entity.output': 'so.',
  })
  expect(statements).toMatchObject({ query: { value: 'why?' }, result: { value: 'so.' } })
})
