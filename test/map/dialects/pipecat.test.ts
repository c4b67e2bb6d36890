import { expect, test } from 'vitest'
import { atTop } from '../make.ts'
import { mapper, operation } from './scoped.ts'

const map = mapper('pipecat')
const turn = mapper('pipecat.turn')
const counters = {
  ...operation('chat'),
  'gen_ai.request.model': 'm',
  'gen_ai.usage.input_tokens': 500,
  'gen_ai.usage.output_tokens': 20,
  'gen_ai.usage.cache_read.input_tokens': 300,
}

test('a conversation is a workflow of turns, whose id is the session', () => {
  const facts = turn('conversation', { 'conversation.id': 'c-1', 'conversation.type': 'voice' }, atTop)
  expect(facts).toMatchObject({ kind: 'workflow', statements: { session: { value: 'c-1' } } })
  expect(turn('turn', { 'conversation.id': 'c-1', 'turn.number': 1 }).kind).toBe('task')
})

test.each([
  ['openai', 500],
  ['anthropic', 800],
  ['aws.bedrock', 800],
  ['gcp.gemini', 500],
])('the prompt of %s has %i tokens', (provider, prompt) => {
  expect(map('llm', { ...counters, 'gen_ai.provider.name': provider }).usage).toMatchObject({
    role: 'call',
    prompt,
    completion: 20,
    cacheRead: 300,
  })
})

test('Gemini counts thoughts apart, OpenAI does not', () => {
  const thought = { ...counters, 'gen_ai.usage.reasoning.output_tokens': 7 }
  const completionOf = (provider: string) =>
    map('llm', { ...thought, 'gen_ai.provider.name': provider }).usage?.completion
  expect(completionOf('gcp.gemini')).toBe(27)
  expect(completionOf('openai')).toBe(20)
})

test('question and answer are in input and output', () => {
  const input = JSON.stringify([
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'why?' },
  ])
  expect(map('llm', { ...counters, input, output: 'because' }).statements).toMatchObject({
    query: { value: 'why?' },
    result: { value: 'because' },
  })
})

test('speech, transcription and the set-up of a realtime service are no calls', () => {
  for (const name of ['stt', 'tts', 'llm_setup', 'llm_request', 'llm_tool_call'])
    expect(map(name, { ...operation(name), 'gen_ai.request.model': 'm' }), name).toMatchObject({
      kind: 'plain',
      usage: null,
    })
})

test('the answer of a realtime service is a call, and the result of a tool is its run', () => {
  const answer = { ...counters, ...operation('llm_response'), 'gen_ai.usage.audio.input_tokens': 400 }
  expect(map('llm_response', answer).usage).toMatchObject({ role: 'call', prompt: 500, parts: { audioInput: 400 } })
  const result = { 'tool.function_name': 'weather', 'tool.call_id': 'c1', 'tool.result': '{"error":"no"}' }
  expect(map('llm_tool_result', { ...result, 'tool.result_status': 'error' }).tool).toMatchObject({
    name: 'weather',
    callId: 'c1',
    success: false,
  })
  expect(map('llm_tool_result', { ...result, 'tool.result_status': 'completed' }).tool?.success).toBe(true)
})
