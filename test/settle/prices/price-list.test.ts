import { readFileSync } from 'node:fs'
import { calcPrice } from '@pydantic/genai-prices'
import { describe, expect, test } from 'vitest'
import { costOf } from '../../../src/settle/prices/call-cost.ts'
import { lookUpPrice, priceListVersion, stepsOf } from '../../../src/settle/prices/price-list.ts'
import type { PricedCall } from '../../../src/settle/prices/prices.ts'
import { standard } from '../../../src/settle/prices/service-tier.ts'
import { call } from './call.ts'

function priced(other: Partial<PricedCall>): { costNano: number; provider: string | null } | null {
  const one = { ...call, ...other }
  const entry = lookUpPrice(calcPrice, { provider: one.provider, model: one.model!, endNs: one.endNs })
  return entry && { costNano: costOf(entry.rates, one, standard).costNano, provider: entry.provider }
}

describe('lookUpPrice finds', () => {
  test.each<[string, Partial<PricedCall>, number, string]>([
    [
      'uncached, cached and output tokens',
      { prompt: 401, completion: 83, cacheRead: 256, reasoning: 19 },
      145 * 150 + 256 * 75 + 83 * 600,
      'openai',
    ],
    ['a model without a stated provider', { provider: null, prompt: 10 }, 1_500, 'openai'],
    ['a model with an unknown provider', { provider: 'acme', prompt: 10 }, 1_500, 'openai'],
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
      'the dearer rate of all tokens in a long prompt',
      { provider: 'anthropic', model: 'claude-sonnet-4-5', prompt: 300_000, completion: 1 },
      300_000 * 6_000 + 22_500,
      'anthropic',
    ],
    [
      'Gemini under its provider name of OpenTelemetry',
      { provider: 'gcp.gen_ai', model: 'gemini-2.5-flash', prompt: 10 },
      3_000,
      'gcp.gemini',
    ],
  ])('%s', (_, other, costNano, provider) => {
    expect(priced(other)).toEqual({ costNano, provider })
  })
})

test.each([
  ['a model that runs locally', { provider: 'ollama', model: 'deepseek-chat', prompt: 10 }],
  ['an unknown model', { model: 'house-blend-1', prompt: 10 }],
])('lookUpPrice finds no price of %s', (_, other) => expect(priced(other)).toBeNull())

test('the price is that of the day', () => {
  const at = (day: string): number | null => {
    const endNs = BigInt(Date.parse(day)) * 1_000_000n
    return priced({ model: 'gpt-4o', completion: 1_000, endNs })?.costNano ?? null
  }
  expect(at('2026-01-01')).toBe(10_000_000)
  expect(at('2026-01-01')).toBe(at('2026-06-01'))
})

test('a price that depends on the time of day is hourly', () => {
  const deepseek = {
    provider: 'deepseek',
    model: 'deepseek-chat',
    endNs: BigInt(Date.parse('2025-03-01')) * 1_000_000n,
  }
  expect(lookUpPrice(calcPrice, deepseek)?.isHourly).toBe(true)
  expect(lookUpPrice(calcPrice, { ...deepseek, provider: 'openai', model: 'gpt-4o' })?.isHourly).toBe(false)
})

test('the date of the list belongs to the installed version', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { version: string }>
  }
  expect(packages['node_modules/@pydantic/genai-prices']!.version).toBe(priceListVersion.version)
})

test('stepsOf sorts the tiers by the size of the prompt', () => {
  const price = {
    base: 1,
    tiers: [
      { start: 300, price: 3 },
      { start: 200, price: 2 },
    ],
  }
  expect(stepsOf(price, 1e6)).toEqual([
    { above: 0, rate: 1_000_000_000n },
    { above: 200, rate: 2_000_000_000n },
    { above: 300, rate: 3_000_000_000n },
  ])
})
