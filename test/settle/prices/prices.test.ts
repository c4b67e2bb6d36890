import { calcPrice } from '@pydantic/genai-prices'
import { describe, expect, test } from 'vitest'
import type { UsageParts } from '../../../src/map/facts/facts.ts'
import { createPrices, type PricedCall } from '../../../src/settle/prices/prices.ts'
import { call, noParts } from './call.ts'

const prices = createPrices(calcPrice)

test('the response model is priced before the requested one', () => {
  const models = { model: 'gpt-4o', responseModel: 'gpt-4o-mini-2024-07-18' }
  expect(prices.price({ ...call, ...models, prompt: 10 })).toEqual({
    costNano: 1_500,
    provider: 'openai',
    source: 'list',
    parts: { input: 1_500 },
  })
  expect(prices.price({ ...call, ...models, responseModel: 'house-blend-1', prompt: 10 }).costNano).toBe(25_000)
})

const unpriced = { costNano: null, provider: null, source: 'none', parts: {} }

test('a model that neither the list nor the settings know has no price', () => {
  expect(prices.price({ ...call, model: 'house-blend-1', prompt: 10 })).toEqual(unpriced)
  expect(prices.price({ ...call, model: null, prompt: 10 })).toEqual(unpriced)
})

describe('the list is asked', () => {
  const asked: string[] = []
  const counting: typeof calcPrice = (usage, model, options) => {
    asked.push(`${model} ${options?.timestamp?.toISOString().slice(0, 10)}`)
    return calcPrice(usage, model, options)
  }

  test('once a day for a model', () => {
    const { price } = createPrices(counting)
    const day = 86_400_000_000_000n
    const costs = [0n, 1n, day].map((later) => price({ ...call, prompt: 10, endNs: call.endNs + later }).costNano)
    expect(costs).toEqual([1_500, 1_500, 1_500])
    expect(asked).toEqual(['gpt-4o-mini 2026-11-23', 'gpt-4o-mini 2026-11-24'])
  })

  test('each time for a model whose price depends on the time of day', () => {
    asked.length = 0
    const { price } = createPrices(counting)
    const deepseek = { ...call, provider: 'deepseek', model: 'deepseek-chat', prompt: 1_000 }
    const at = (time: string) => price({ ...deepseek, endNs: BigInt(Date.parse(time)) * 1_000_000n }).costNano
    const [day, night] = [at('2025-03-01T12:00:00Z'), at('2025-03-01T20:00:00Z')]
    expect(night).toBeLessThan(day!)
    expect(at('2025-03-01T12:00:00Z')).toBe(day)
    expect(asked).toHaveLength(3)
  })
})

describe('the prices of the settings', () => {
  const own = createPrices(calcPrice, {
    'House-Blend': { input: 1, output: 2, cached: 0.1 },
    'gpt-4o-mini': { input: 0.0000005 },
  })

  test('price a model that the list does not know, in any case of its name', () => {
    const costNano = 60 * 1_000 + 40 * 100 + 10 * 2_000
    expect(own.price({ ...call, model: 'house-blend', prompt: 100, cacheRead: 40, completion: 10 })).toEqual({
      costNano,
      provider: null,
      source: 'own',
      parts: { input: 60_000, cache_read: 4_000, output: 20_000 },
    })
  })

  test('win over the list, which still names the provider', () => {
    // 0.0005 nano-dollars a token: half a nano-dollar is rounded to the even neighbour
    const costs = [1_000, 3_000, 3_001].map((prompt) =>
      own.price({ ...call, responseModel: 'gpt-4o-mini-2024-07-18', prompt }),
    )
    expect(costs).toMatchObject([0, 2, 2].map((costNano) => ({ costNano, provider: 'openai', source: 'own' })))
  })
})

describe('parts with a price of their own, against the published prices', () => {
  const stated = (parts: Partial<UsageParts>): UsageParts => ({ ...noParts, ...parts })
  test.each<[string, Partial<PricedCall>, number]>([
    [
      'Anthropic: writes of five minutes at 1.25, of one hour at 2 times the input',
      { model: 'claude-opus-4-5', prompt: 300, cacheWrite: 300, parts: stated({ cacheWrite1h: 200 }) },
      100 * 6_250 + 200 * 10_000,
    ],
    [
      'Anthropic: 10 dollars a thousand web searches',
      { model: 'claude-sonnet-4-5', prompt: 1_000, completion: 100, parts: stated({ webSearches: 3 }) },
      1_000 * 3_000 + 100 * 15_000 + 30_000_000,
    ],
    [
      'Anthropic: a batch at half',
      { model: 'claude-sonnet-4-5', prompt: 1_000, completion: 100, parts: stated({ serviceTier: 'batch' }) },
      500 * 3_000 + 50 * 15_000,
    ],
    [
      'OpenAI: audio that is heard and spoken',
      {
        model: 'gpt-4o-realtime-preview-2024-12-17',
        prompt: 1_200,
        completion: 800,
        parts: stated({ audioInput: 1_000, audioOutput: 700 }),
      },
      200 * 5_000 + 1_000 * 40_000 + 100 * 20_000 + 700 * 80_000,
    ],
    [
      'OpenAI: flex at half',
      { model: 'gpt-5', prompt: 1_000, completion: 10, parts: stated({ serviceTier: 'flex' }) },
      500 * 1_250 + 5 * 10_000,
    ],
    [
      'OpenAI: priority at twice',
      { model: 'gpt-5', prompt: 1_000, completion: 10, parts: stated({ serviceTier: 'priority' }) },
      2_000 * 1_250 + 20 * 10_000,
    ],
    [
      'Google: audio that is heard',
      { provider: 'gcp.gemini', model: 'gemini-2.5-flash', prompt: 1_000, parts: stated({ audioInput: 400 }) },
      600 * 300 + 400 * 1_000,
    ],
    [
      'Amazon: a regional profile, whoever is stated as the provider',
      { provider: null, model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', prompt: 1_000, completion: 100 },
      1_000 * 3_300 + 100 * 16_500,
    ],
    [
      'OpenRouter: a free variant',
      { provider: 'openrouter', model: 'deepseek/deepseek-chat-v3.1:free', prompt: 1_000, completion: 100 },
      0,
    ],
  ])('%s', (_, other, costNano) => {
    const provider = other.model?.startsWith('claude') ? 'anthropic' : 'openai'
    expect(prices.price({ ...call, provider, ...other }).costNano).toBe(costNano)
  })
})
