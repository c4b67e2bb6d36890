import { expect, test } from 'vitest'
import { costGapsIn, joinCostGaps } from '../../../src/settle/share/cost-gaps.ts'
import { noShare } from '../../../src/settle/share/share.ts'

const share = {
  ...noShare,
  unpricedCalls: new Map([
    ['m', 3],
    ['a', 1],
  ]),
  unpricedTokens: new Map([['m', 30]]),
  uncounted: new Map([['m', 2]]),
}

test('a share lacks its calls without a price and those of unknown usage, by model', () => {
  expect(costGapsIn(noShare)).toEqual([])
  expect(costGapsIn(share)).toEqual([
    { why: 'unpriced', model: 'a', calls: 1, tokens: 0 },
    { why: 'unpriced', model: 'm', calls: 3, tokens: 30 },
    { why: 'uncounted', model: 'm', calls: 2, tokens: 0 },
  ])
})

test('what a share lacked before is not new, and less than before is nothing', () => {
  const before = { ...share, unpricedCalls: new Map([['m', 1]]), unpricedTokens: new Map([['m', 10]]) }
  expect(costGapsIn(share, before)).toEqual([
    { why: 'unpriced', model: 'a', calls: 1, tokens: 0 },
    { why: 'unpriced', model: 'm', calls: 2, tokens: 20 },
  ])
  expect(costGapsIn(noShare, share)).toEqual([])
})

test('gaps of one kind and model are added up', () => {
  const gaps = costGapsIn(share)
  expect(joinCostGaps([...gaps, ...gaps])).toEqual(
    gaps.map((gap) => ({ ...gap, calls: 2 * gap.calls, tokens: 2 * gap.tokens })),
  )
})
