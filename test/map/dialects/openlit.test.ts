import { expect, test } from 'vitest'
import { mapper, operation } from './scoped.ts'

const usage = {
  ...operation('chat'),
  'gen_ai.usage.input_tokens': 500,
  'gen_ai.usage.output_tokens': 27,
  'gen_ai.usage.cache_read.input_tokens': 61,
  'gen_ai.usage.cache_creation.input_tokens': 20,
  'gen_ai.client.token.usage': 527,
  'gen_ai.usage.cost': 0,
}

test.each([
  ['anthropic', 581],
  ['bedrock', 581],
  ['openai', 500],
  ['claude_agent_sdk', 500],
])('%s: a prompt of %s', (library, prompt) => {
  expect(mapper(`openlit.instrumentation.${library}`)('chat m-1', usage).usage).toMatchObject({
    prompt,
    completion: 27,
    cacheRead: 61,
    cacheWrite: 20,
    statedCostNano: null,
  })
})

test('a call that names the tools it asks for is no tool run', () => {
  const facts = mapper('openlit.instrumentation.openai')('chat m-1', {
    ...usage,
    'gen_ai.tool.name': 'weather, calculator',
    'gen_ai.tool.call.id': 'c1, c2',
  })
  expect([facts.kind, facts.tool]).toEqual(['llm', null])
})
