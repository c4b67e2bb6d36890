import { expect, test } from 'vitest'
import { mapper } from './scoped.ts'

const map = mapper('logfire.openai_agents')

test.each([
  ['OpenAI Agents trace: {name}', 'workflow'],
  ['Agent run: {name!r}', 'agent'],
  ['Function: {name}', 'tool'],
  ['Responses API with {gen_ai.request.model!r}', 'llm'],
  ['Chat completion with {gen_ai.request.model!r}', 'llm'],
  ['Handoff: {from_agent} → {to_agent}', 'plain'],
  ['Task: Agent workflow', 'plain'],
  ['Turn {turn} for agent planner', 'plain'],
])('%s is %s', (name, kind) => {
  expect(map(name, { name: 'planner', agent_name: 'planner' }).kind).toBe(kind)
})

test('usage and messages of a call are read', () => {
  const facts = map('Responses API with {gen_ai.request.model!r}', {
    usage: '{"input_tokens":307,"output_tokens":29,"input_tokens_details":{"cached_tokens":128}}',
    raw_input: '[{"role":"user","content":"why?"}]',
    response:
      '{"id":"resp_1","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"so."}]}]}',
  })
  expect(facts).toMatchObject({
    usage: { role: 'call', prompt: 307, completion: 29, cacheRead: 128, responseId: 'resp_1' },
    statements: { query: { value: 'why?' }, result: { value: 'so.' } },
  })
})

test('a tool run is read', () => {
  const error = '{"message":"Error running tool","data":{"error":"details are redacted"}}'
  expect(map('Function: {name}', { name: 'weather', input: '{"a":1}', output: 'x', error }).tool).toEqual({
    name: 'weather',
    callId: null,
    input: '{"a":1}',
    output: 'x',
    success: false,
    error: 'details are redacted',
  })
})
