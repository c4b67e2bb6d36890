import { calcPrice } from '@pydantic/genai-prices'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPrices, type PricedCall } from '../../../src/settle/prices/prices.ts'

const call: PricedCall = {
  provider: 'openai',
  model: 'gpt-4o-mini',
  responseModel: null,
  prompt: 0,
  completion: 0,
  cacheRead: null,
  cacheWrite: null,
  reasoning: null,
  endNs: 1_795_407_990_000_000_000n,
}
const prices = createPrices(calcPrice)

describe('the list', () => {
  test.each<[string, Partial<PricedCall>, number | null, string | null]>([
    [
      'fresh, cached, out',
      { prompt: 401, completion: 83, cacheRead: 256, reasoning: 19 },
      145 * 150 + 256 * 75 + 83 * 600,
      'openai',
    ],
    [
      'the response model is the one that worked',
      { model: 'gpt-4o', responseModel: 'gpt-4o-mini-2024-07-18', prompt: 10 },
      1_500,
      'openai',
    ],
    ['no provider stated', { provider: null, prompt: 10 }, 1_500, 'openai'],
    ['a provider nobody knows', { provider: 'acme', prompt: 10 }, 1_500, 'openai'],
    [
      "a provider before the model's name",
      { provider: null, model: 'openai/gpt-4o-mini', prompt: 10 },
      1_500,
      'openai',
    ],
    ['an embedding', { model: 'text-embedding-3-small', prompt: 14 }, 280, 'openai'],
    [
      'cache writes',
      { provider: 'anthropic', model: 'claude-sonnet-4-5', prompt: 103, cacheRead: 40, cacheWrite: 24, completion: 5 },
      39 * 3_000 + 40 * 300 + 24 * 3_750 + 5 * 15_000,
      'anthropic',
    ],
    [
      'a long prompt makes all tokens dearer',
      { provider: 'anthropic', model: 'claude-sonnet-4-5', prompt: 300_000, completion: 1 },
      300_000 * 6_000 + 22_500,
      'anthropic',
    ],
    ['Gemini under its GenAI name', { provider: 'gcp.gen_ai', model: 'gemini-2.5-flash', prompt: 10 }, 3_000, 'google'],
    ['a model that runs here', { provider: 'ollama', model: 'deepseek-chat', prompt: 10 }, null, null],
    ['a model nobody knows', { model: 'house-blend-1', prompt: 10 }, null, null],
  ])('%s', (_, other, costNano, provider) => {
    expect(prices.price({ ...call, ...other })).toEqual({ costNano, provider })
  })

  test('a price is that of the day', () => {
    const at = (day: string): number | null =>
      prices.price({
        ...call,
        model: 'gpt-4o',
        prompt: 0,
        completion: 1_000,
        endNs: BigInt(Date.parse(day)) * 1_000_000n,
      }).costNano
    expect(at('2026-01-01')).toBe(10_000_000)
    expect(at('2026-01-01')).toBe(at('2026-06-01'))
  })
})

describe('overrides', () => {
  const own = createPrices(calcPrice, {
    'House-Blend': { input: 1, output: 2, cached: 0.1 },
    'gpt-4o-mini': { input: 0.0000005 },
  })

  test('price what the list does not know', () => {
    const costNano = 60 * 1_000 + 40 * 100 + 10 * 2_000
    expect(own.price({ ...call, model: 'house-blend', prompt: 100, cacheRead: 40, completion: 10 })).toEqual({
      costNano,
      provider: null,
    })
  })

  test('win over the list, which still names the provider', () => {
    // 0.0005 nano-dollars a token: half a nano-dollar goes to the even neighbour
    const costs = [1_000, 3_000, 3_001].map((prompt) =>
      own.price({ ...call, responseModel: 'gpt-4o-mini-2024-07-18', prompt }),
    )
    expect(costs).toEqual([0, 2, 2].map((costNano) => ({ costNano, provider: 'openai' })))
  })
})

test('a cost is whole, never negative, and never more than its column', () => {
  const count = fc.nat(2_147_483_647)
  fc.assert(
    fc.property(count, count, count, count, count, (prompt, completion, cacheRead, cacheWrite, reasoning) => {
      const { costNano } = prices.price({ ...call, prompt, completion, cacheRead, cacheWrite, reasoning })
      expect(Number.isInteger(costNano) && costNano! >= 0 && costNano! <= 9_999_999_999_000).toBe(true)
    }),
  )
})
