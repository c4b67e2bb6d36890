import { expect, test } from 'vitest'
import { spanEvent } from '../make.ts'
import { mapper } from './scoped.ts'

const map = mapper('my-app')

test('a call is counted by its event: the total holds the cached tokens that the input leaves out', () => {
  const counters = {
    'gen_ai.usage.input_tokens': 179,
    'gen_ai.usage.output_tokens': 29,
    'gen_ai.usage.total_tokens': 336,
  }
  const attributes = {
    'gen_ai.system': 'OpenAI',
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'gpt-4o-mini',
    'request.startTime': 1,
    'ax.provider.request_id': 'r',
  }
  const { usage } = map('AI Chat Request', attributes, { events: [spanEvent('gen_ai.usage', counters)] })
  expect(usage).toMatchObject({ role: 'call', prompt: 307, completion: 29, provider: 'openai' })
})

test('a tool', () => {
  const { kind, tool } = map('Tool: get_weather', { 'tool.name': 'get_weather', 'function.id': 'call_1' })
  expect(kind).toBe('tool')
  expect(tool).toMatchObject({ name: 'get_weather', callId: 'call_1' })
})
