import { calcPrice } from '@pydantic/genai-prices'
import { describe, expect, test } from 'vitest'
import { createPrices } from '../../../src/settle/prices/prices.ts'
import { call } from './call.ts'

const prices = createPrices(calcPrice)

test('the response model is priced before the requested one', () => {
  const models = { model: 'gpt-4o', responseModel: 'gpt-4o-mini-2024-07-18' }
  expect(prices.price({ ...call, ...models, prompt: 10 })).toEqual({ costNano: 1_500, provider: 'openai' })
  expect(prices.price({ ...call, ...models, responseModel: 'house-blend-1', prompt: 10 }).costNano).toBe(25_000)
})

test('a model that neither the list nor the settings know has no price', () => {
  expect(prices.price({ ...call, model: 'house-blend-1', prompt: 10 })).toEqual({ costNano: null, provider: null })
  expect(prices.price({ ...call, model: null, prompt: 10 })).toEqual({ costNano: null, provider: null })
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
    })
  })

  test('win over the list, which still names the provider', () => {
    // 0.0005 nano-dollars a token: half a nano-dollar is rounded to the even neighbour
    const costs = [1_000, 3_000, 3_001].map((prompt) =>
      own.price({ ...call, responseModel: 'gpt-4o-mini-2024-07-18', prompt }),
    )
    expect(costs).toEqual([0, 2, 2].map((costNano) => ({ costNano, provider: 'openai' })))
  })
})
