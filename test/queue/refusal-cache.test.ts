import { expect, test } from 'vitest'
import { openRefusalCache } from '../../src/queue/refusal-cache.ts'
import { callFacts } from '../support/facts.ts'

test('equal facts have the outcome that was kept, once', () => {
  const before = openRefusalCache<string>(10)
  before.put('', new Map([[callFacts(1), 'refused']]))
  const again = callFacts(1)
  expect(before.take('', [callFacts(0), again])).toEqual(new Map([[again, 'refused']]))
  expect(before.take('', [again])).toEqual(new Map())
})

test('facts with another content, or of another tenant, have none', () => {
  const before = openRefusalCache<string>(10)
  before.put('', new Map([[callFacts(1), 'refused']]))
  const others = [
    { ...callFacts(1), digest: 'other' },
    { ...callFacts(1), trace: 'other' },
    { ...callFacts(1), id: 'other' },
  ]
  expect(before.take('', others).size).toBe(0)
  expect(before.take('acme', [callFacts(1)]).size).toBe(0)
  expect(before.take('', [callFacts(1)]).size).toBe(1)
})

test('the oldest are forgotten when there are more than so many', () => {
  const before = openRefusalCache<string>(2)
  for (const number of [1, 2, 3]) before.put('', new Map([[callFacts(number), `${number}`]]))
  expect([
    ...before
      .take(
        '',
        [1, 2, 3].map((number) => callFacts(number)),
      )
      .values(),
  ]).toEqual(['2', '3'])
})
