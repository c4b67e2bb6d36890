import { expect, test } from 'vitest'
import { mapper } from './scoped.ts'

const map = mapper('livekit-agents')

test('a tool run, and one that failed', () => {
  const attributes = {
    'lk.function_tool.id': 'call_1',
    'lk.function_tool.name': 'lookup_weather',
    'lk.function_tool.arguments': '{"location":"Lisbon"}',
    'lk.function_tool.output': 'sunny',
    'lk.function_tool.is_error': false,
  }
  expect(map('function_tool', attributes).tool).toMatchObject({
    name: 'lookup_weather',
    callId: 'call_1',
    input: '{"location":"Lisbon"}',
    output: 'sunny',
    success: true,
  })
  expect(map('function_tool', { ...attributes, 'lk.function_tool.is_error': true }).tool?.success).toBe(false)
})

test('speech is no call, and a node around a request repeats nothing', () => {
  const speech = { 'lk.tts.streaming': true, 'gen_ai.request.model': 'sonic-2', 'gen_ai.provider.name': 'Cartesia' }
  expect(map('tts_node', speech).kind).toBe('plain')
  expect(map('llm_node', { 'gen_ai.request.model': 'gpt-4o-mini', 'lk.chat_ctx': '{}' }).kind).toBe('plain')
})

test('a turn says what the user said, a node what the agent answered', () => {
  expect(map('agent_turn', { 'lk.user_input': 'why?' }).statements.query?.value).toBe('why?')
  expect(map('llm_node', { 'lk.response.text': 'so.' }).statements.result?.value).toBe('so.')
})
