import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Counters, normalForm } from '../../../../src/map/derive/usage/normal-form.ts'

const none: Counters = {
  prompt: null,
  completion: null,
  total: null,
  cacheRead: null,
  cacheWrite: null,
  reasoning: null,
}
const inferred = (counters: Partial<Counters>): ReturnType<typeof normalForm> =>
  normalForm({ ...none, ...counters }, { cache: 'inferred', reasoning: 'inferred' }, 'chat')

describe('inferred from the counters:', () => {
  test.each<[string, Partial<Counters>, number, number, string]>([
    [
      'cached tokens and reasoning are included',
      { prompt: 307, completion: 29, total: 336, cacheRead: 128, reasoning: 13 },
      307,
      29,
      'as reported',
    ],
    [
      'more cached tokens than prompt',
      { prompt: 39, completion: 5, cacheRead: 40, cacheWrite: 24 },
      103,
      5,
      'prompt + cached',
    ],
    [
      'the total includes the cached tokens',
      { prompt: 90, completion: 5, total: 135, cacheRead: 40 },
      130,
      5,
      'prompt + cached',
    ],
    ['more reasoning than completion', { prompt: 9, completion: 5, reasoning: 6 }, 9, 11, 'completion + reasoning'],
    [
      'the total includes the reasoning',
      { prompt: 9, completion: 5, total: 17, reasoning: 3 },
      9,
      8,
      'completion + reasoning',
    ],
    [
      'the total includes both',
      { prompt: 9, completion: 5, total: 24, cacheRead: 7, reasoning: 3 },
      16,
      8,
      'prompt + cached, completion + reasoning',
    ],
    [
      'the total includes one of two equal parts',
      { prompt: 9, completion: 5, total: 17, cacheRead: 3, reasoning: 3 },
      12,
      5,
      'prompt + cached',
    ],
    ['the total fits no part', { prompt: 9, completion: 5, total: 99, cacheRead: 7 }, 9, 5, 'as reported'],
  ])('%s', (_, counters, prompt, completion, how) => {
    expect(inferred(counters)).toEqual({ prompt, completion, how })
  })
})

test('a missing counter follows from the total', () => {
  expect(inferred({ prompt: 7, total: 10 })).toEqual({ prompt: 7, completion: 3, how: 'completion = total - prompt' })
  expect(inferred({ completion: 3, total: 10 })).toEqual({
    prompt: 7,
    completion: 3,
    how: 'prompt = total - completion',
  })
  expect(inferred({ total: 10 })).toEqual({ prompt: 10, completion: 0, how: 'prompt = total' })
  expect(inferred({ prompt: 7 })).toEqual({ prompt: 7, completion: 0, how: 'as reported' })
  expect(inferred({ cacheRead: 7 })).toBeNull()
})

test('a part that was added twice is subtracted once', () => {
  const counters = { ...none, prompt: 229, completion: 36, cacheRead: 128, reasoning: 5 }
  expect(normalForm(counters, { cache: 'included', reasoning: 'twice' }, 'chat')).toEqual({
    prompt: 229,
    completion: 31,
    how: 'completion - reasoning',
  })
})

const count = fc.option(fc.nat(1_000_000), { nil: null })
const counters = fc.record({
  prompt: count,
  completion: count,
  total: count,
  cacheRead: count,
  cacheWrite: count,
  reasoning: count,
})
const inclusion = fc.constantFrom('included' as const, 'excluded' as const, 'inferred' as const)

test('the normal form includes the parts, and is at least what was stated', () => {
  fc.assert(
    fc.property(counters, inclusion, inclusion, (stated, cache, reasoning) => {
      const normal = normalForm(stated, { cache, reasoning }, 'chat')
      const isStated = stated.prompt !== null || stated.completion !== null || stated.total !== null
      expect(normal !== null).toBe(isStated)
      if (normal === null) return
      expect(normal.prompt).toBeGreaterThanOrEqual((stated.cacheRead ?? 0) + (stated.cacheWrite ?? 0))
      expect(normal.completion).toBeGreaterThanOrEqual(stated.reasoning ?? 0)
      expect(normal.prompt).toBeGreaterThanOrEqual(stated.prompt ?? 0)
      expect(normal.completion).toBeGreaterThanOrEqual(stated.completion ?? 0)
    }),
  )
})
