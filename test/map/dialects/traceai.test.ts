import { expect, test } from 'vitest'
import { mapper } from './scoped.ts'

const map = mapper('traceai_openai')

test('a call with flattened messages', () => {
  const facts = map('ChatCompletion', {
    'gen_ai.span.kind': 'LLM',
    'gen_ai.usage.input_tokens': 211,
    'gen_ai.usage.output_tokens': 37,
    'gen_ai.input.messages.0.message.role': 'system',
    'gen_ai.input.messages.0.message.content': 'Be brief.',
    'gen_ai.input.messages.1.message.role': 'user',
    'gen_ai.input.messages.1.message.content': 'why?',
    'gen_ai.output.messages.0.message.role': 'assistant',
    'gen_ai.output.messages.0.message.tool_calls.0.tool_call.id': 'call_1',
    'gen_ai.output.messages.0.message.tool_calls.0.tool_call.function.name': 'get_weather',
    'gen_ai.output.messages.0.message.tool_calls.0.tool_call.function.arguments': '{"city":"Lisbon"}',
    'input.value': 'Be brief.',
  })
  expect(facts.usage).toMatchObject({ role: 'call', prompt: 211, completion: 37 })
  expect(facts.statements.query?.value).toBe('why?')
  expect(facts.asks).toMatchObject([{ callId: 'call_1', name: 'get_weather', input: '{"city":"Lisbon"}' }])
})
