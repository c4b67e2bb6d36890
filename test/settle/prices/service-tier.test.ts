import { expect, test } from 'vitest'
import { tierFactor } from '../../../src/settle/prices/service-tier.ts'

test.each<[tier: string | null, model: string, times: number]>([
  ['batch', 'claude-sonnet-4-5', 0.5],
  ['flex', 'gpt-5-2025-08-07', 0.5],
  ['priority', 'gpt-5', 2],
  ['priority', 'openai/gpt-4o-2024-08-06', 1.7],
  ['priority', 'gpt-4o-mini', 5 / 3],
  ['priority', 'claude-sonnet-4-5', 1],
  ['default', 'gpt-5', 1],
  ['standard', 'claude-sonnet-4-5', 1],
  [null, 'gpt-5', 1],
])('tier %s of %s costs %d times the standard price', (tier, model, times) => {
  const { numerator, denominator } = tierFactor(tier, model)
  expect(Number(numerator) / Number(denominator)).toBeCloseTo(times, 12)
})
