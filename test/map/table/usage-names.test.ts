import { expect, test } from 'vitest'
import { usageKeysIn } from '../../../src/map/table/usage-names.ts'

test.each([
  'acme.prompt_tokens',
  'llm.token_count.thinking',
  'input_token_details.cache_read',
  'ai.usage.promptTokens',
  'gateway.cost_usd',
  'response.usage',
  'run.credits',
  'price.total',
])('%s looks like usage', (key) => {
  expect(usageKeysIn([key]).map((one) => one.key)).toEqual([key])
})

test.each([
  'gen_ai.request.max_tokens',
  'gen_ai.request.cost_center',
  'llm.invocation_parameters.tokens',
  'budget_tokens',
  'csrf.token',
  'next_token',
  'ai.response.avgTokensPerSecond',
  'gen_ai.server.time_to_first_token',
  'gen_ai.token.type',
  'process.memory.usage',
  'tool.current_usage_count',
  'http.response.status_code',
])("%s doesn't look like usage", (key) => {
  expect(usageKeysIn([key])).toEqual([])
})

test('a name is about a model or about anything, and is money or not', () => {
  expect(usageKeysIn(['llm.cost', 'order.price', 'used.tokens', 'app.usage'])).toEqual([
    { key: 'llm.cost', aboutModels: true, isMoney: true },
    { key: 'order.price', aboutModels: false, isMoney: true },
    { key: 'used.tokens', aboutModels: true, isMoney: false },
    { key: 'app.usage', aboutModels: false, isMoney: false },
  ])
})
