import { calcPrice } from '@pydantic/genai-prices'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CostPart } from '../../../src/settle/prices/call-cost.ts'
import { createPrices, type PricedCall } from '../../../src/settle/prices/prices.ts'
import { call, noParts } from './call.ts'

const { price } = createPrices(calcPrice)

/** Dollars for a million tokens; of web searches for a thousand; of a request for one. */
type Published = { readonly [Part in CostPart]?: number }

/** What the sellers' pages of prices say, November 2026. */
const published: readonly (readonly [seller: string, model: string, tier: string | null, prices: Published])[] = [
  ['openai', 'gpt-5', null, { input: 1.25, cache_read: 0.125, output: 10, reasoning: 10, web_search: 10 }],
  ['openai', 'gpt-5', 'flex', { input: 0.625, cache_read: 0.0625, output: 5, reasoning: 5, web_search: 10 }],
  ['openai', 'gpt-5', 'batch', { input: 0.625, cache_read: 0.0625, output: 5 }],
  ['openai', 'gpt-5', 'priority', { input: 2.5, cache_read: 0.25, output: 20 }],
  ['openai', 'gpt-5-mini-2025-08-07', 'priority', { input: 0.45, cache_read: 0.045, output: 3.6 }],
  ['openai', 'gpt-4.1', 'priority', { input: 3.5, cache_read: 0.875, output: 14 }],
  ['openai', 'gpt-4.1-nano', 'priority', { input: 0.2, cache_read: 0.05, output: 0.8 }],
  ['openai', 'gpt-4o', 'priority', { input: 4.25, cache_read: 2.125, output: 17 }],
  ['openai', 'gpt-4o-mini', 'priority', { input: 0.25, cache_read: 0.125, output: 1 }],
  ['openai', 'o3', 'flex', { input: 1, cache_read: 0.25, output: 4, reasoning: 4 }],
  ['openai', 'o4-mini', 'priority', { input: 2, cache_read: 0.5, output: 8, reasoning: 8 }],
  [
    'openai',
    'gpt-realtime',
    null,
    { input: 4, cache_read: 0.4, output: 16, audio_input: 32, audio_output: 64, image_input: 5 },
  ],
  ['openai', 'gpt-image-1', null, { input: 5, image_input: 10, image_output: 40 }],
  ['openai', 'text-embedding-3-small', null, { input: 0.02 }],
  [
    'anthropic',
    'claude-sonnet-4-5-20250929',
    null,
    { input: 3, cache_read: 0.3, cache_write: 3.75, cache_write_1h: 6, output: 15, reasoning: 15, web_search: 10 },
  ],
  [
    'anthropic',
    'claude-sonnet-4-5',
    'batch',
    { input: 1.5, cache_read: 0.15, cache_write: 1.875, cache_write_1h: 3, output: 7.5, web_search: 10 },
  ],
  ['anthropic', 'claude-sonnet-4-5', 'priority', { input: 3, output: 15 }],
  [
    'anthropic',
    'claude-opus-4-5',
    'standard',
    { input: 5, cache_read: 0.5, cache_write: 6.25, cache_write_1h: 10, output: 25 },
  ],
  [
    'anthropic',
    'claude-haiku-4-5',
    null,
    { input: 1, cache_read: 0.1, cache_write: 1.25, cache_write_1h: 2, output: 5 },
  ],
  ['gcp.gemini', 'gemini-2.5-pro', null, { input: 1.25, cache_read: 0.125, output: 10, reasoning: 10 }],
  ['gcp.gemini', 'gemini-2.5-flash', null, { input: 0.3, cache_read: 0.03, audio_input: 1, output: 2.5 }],
  ['gcp.gemini', 'gemini-2.5-flash', 'batch', { input: 0.15, audio_input: 0.5, output: 1.25 }],
  ['gcp.vertex_ai', 'gemini-2.5-flash-image', null, { input: 0.3, image_output: 30 }],
  // a regional inference profile costs a tenth more than the global one
  [
    'aws.bedrock',
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    null,
    { input: 3.3, cache_read: 0.33, cache_write: 4.125, cache_write_1h: 6.6, output: 16.5 },
  ],
  ['aws.bedrock', 'amazon.nova-pro-v1:0', null, { input: 0.8, cache_read: 0.2, output: 3.2 }],
  ['azure.ai.openai', 'gpt-4o', null, { input: 2.5, cache_read: 1.25, output: 10 }],
  ['mistral_ai', 'mistral-large-latest', null, { input: 2, output: 6 }],
  ['cohere', 'command-r-plus', null, { input: 2.5, output: 10 }],
  ['groq', 'llama-3.3-70b-versatile', null, { input: 0.59, output: 0.79 }],
  ['x_ai', 'grok-4', null, { input: 3, cache_read: 0.75, output: 15, reasoning: 15 }],
  ['perplexity', 'sonar-pro', null, { input: 3, output: 15, request: 0.014 }],
  ['openrouter', 'anthropic/claude-sonnet-4.5', null, { input: 3, cache_read: 0.3, cache_write: 3.75, output: 15 }],
  ['together', 'meta-llama/Llama-3.3-70B-Instruct-Turbo', null, { input: 0.88, output: 0.88 }],
  ['moonshotai', 'kimi-k2-0905-preview', null, { input: 0.6, cache_read: 0.15, output: 2.5 }],
]

const tokens = 1_000

/** A call of a thousand tokens, or of one search, of one part alone. */
const calls: Record<CostPart, Partial<PricedCall>> = {
  input: { prompt: tokens },
  cache_read: { prompt: tokens, cacheRead: tokens },
  cache_write: { prompt: tokens, cacheWrite: tokens },
  cache_write_1h: { prompt: tokens, cacheWrite: tokens, parts: { ...noParts, cacheWrite1h: tokens } },
  audio_input: { prompt: tokens, parts: { ...noParts, audioInput: tokens } },
  image_input: { prompt: tokens, parts: { ...noParts, imageInput: tokens } },
  output: { completion: tokens },
  reasoning: { completion: tokens, reasoning: tokens },
  audio_output: { completion: tokens, parts: { ...noParts, audioOutput: tokens } },
  image_output: { completion: tokens, parts: { ...noParts, imageOutput: tokens } },
  web_search: { parts: { ...noParts, webSearches: 1 } },
  request: {},
}

/** Nano-dollars of a call of one part: a million tokens or a thousand searches for so many dollars, a request for them. */
function nanoOf(part: CostPart, dollars: number): number {
  return Math.round(dollars * (part === 'request' ? 1e9 : 1e6))
}

const rows = published.flatMap(([provider, model, tier, prices]) =>
  (Object.entries(prices) as [CostPart, number][]).map(([part, dollars]) => ({ provider, model, tier, part, dollars })),
)

test.each(rows)('$provider sells $part of $model ($tier) for $dollars', ({ provider, model, tier, part, dollars }) => {
  const one = calls[part]
  const parts = { ...noParts, ...one.parts, serviceTier: tier }
  const quote = price({ ...call, provider, model, ...one, parts })
  expect(quote.source).toBe('list')
  expect(quote.parts[part]).toBe(nanoOf(part, dollars))
  expect(quote.costNano).toBe(Object.values(quote.parts).reduce((sum, cost) => sum + cost, 0))
})

test('published examples of whole calls cost what the seller says', () => {
  const cost = (one: Partial<PricedCall>) => price({ ...call, ...one }).costNano
  // Google: an image of 1024 x 1024 is 1,290 tokens, $0.0387
  const image = { provider: 'gcp.gemini', model: 'gemini-2.5-flash-image', completion: 1_290 }
  expect(cost({ ...image, parts: { ...noParts, imageOutput: 1_290 } })).toBe(38_700_000)
  // Google: a prompt of more than 200,000 tokens costs $2.50 and $15 for a million
  expect(cost({ provider: 'gcp.gemini', model: 'gemini-2.5-pro', prompt: 200_001, completion: 1_000 })).toBe(
    200_001 * 2_500 + 1_000 * 15_000,
  )
  // Anthropic: a search is $10 for a thousand, besides the tokens
  const searched = { provider: 'anthropic', model: 'claude-sonnet-4-5', prompt: 6_039, completion: 931 }
  expect(cost({ ...searched, parts: { ...noParts, webSearches: 1 } })).toBe(6_039 * 3_000 + 931 * 15_000 + 10_000_000)
})

test('the parts of every published price sum to the cost, in whatever amounts', () => {
  const amount = fc.nat(50_000)
  const amounts = fc.record({
    input: amount,
    read: amount,
    written: amount,
    hour: amount,
    output: amount,
    thought: amount,
  })
  fc.assert(
    fc.property(fc.constantFrom(...published), amounts, ([provider, model, tier], one) => {
      const quote = price({
        ...call,
        provider,
        model,
        prompt: one.input + one.read + one.written,
        completion: one.output + one.thought,
        cacheRead: one.read,
        cacheWrite: one.written,
        reasoning: one.thought,
        parts: { ...noParts, cacheWrite1h: one.hour, webSearches: one.hour % 3, serviceTier: tier },
      })
      expect(Object.values(quote.parts).reduce((sum, cost) => sum + cost, 0)).toBe(quote.costNano)
    }),
  )
})
