import { expect, test } from 'vitest'
import { costGapsText } from '../../../src/commands/formats/cost-gaps.ts'

test('calls that are missing in a sum are named by model, with their tokens where these are known', () => {
  const unpriced = { why: 'unpriced', model: 'house-blend-1', calls: 2, tokens: 240 } as const
  const uncounted = { why: 'uncounted', model: 'gpt-4o', calls: 1, tokens: 0 } as const
  expect(costGapsText([])).toBe('')
  expect(costGapsText([uncounted])).toBe('nothing says what 1 call of gpt-4o used')
  expect(costGapsText([unpriced, uncounted, { ...unpriced, model: 'm', calls: 1 }])).toBe(
    'no price is known for 2 calls of house-blend-1 (240 tokens), 1 call of m (240 tokens); nothing says what 1 call of gpt-4o used',
  )
})
