import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newRanking } from '../../../src/settle/share/ranking.ts'

interface Item {
  readonly rank: number
}

/** What happens to a ranking: an item comes, or one of those that are there goes. */
const steps = fc.array(fc.oneof(fc.record({ rank: fc.nat(1000) }), fc.record({ goes: fc.nat(300) })), {
  maxLength: 300,
})

test('the best of the items that have not gone is known after each step', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ rank: fc.nat(1000) }), { maxLength: 100 }), steps, (first, then) => {
      const there = new Set<Item>(first)
      const ranking = newRanking<Item>(first, {
        isBetter: (one, than) => one.rank < than.rank,
        hasGone: (item) => !there.has(item),
      })
      for (const step of then) {
        if ('rank' in step) {
          there.add(step)
          ranking.add(step)
        } else if (there.size > 0) there.delete([...there][step.goes % there.size]!)
        const least = Math.min(...[...there].map(({ rank }) => rank))
        expect(ranking.best()?.rank ?? Infinity).toBe(least)
      }
    }),
  )
})
