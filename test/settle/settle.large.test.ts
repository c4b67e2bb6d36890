import fc from 'fast-check'
import { expect, test } from 'vitest'
import { propertyRuns } from '../support/property-runs.ts'
import { arrivals } from './arbitrary.ts'
import { largeSets } from './arbitrary-large.ts'
import { expectReadAgain, expectSums, play, snapshot } from './play.ts'

const runs = propertyRuns(40)

test('laws 2 and 4 in a large trace: any order and batches make the same rows, and its sums add up', () => {
  fc.assert(
    fc.property(
      largeSets.chain((set) => fc.tuple(fc.constant(set), arrivals(set, 30))),
      ([set, batches]) => {
        const played = play(batches, expectSums)
        expect(snapshot(played)).toEqual(snapshot(play([set])))
        expectReadAgain(played)
      },
    ),
    // to shrink a large set takes hours
    { numRuns: runs, endOnFailure: true },
  )
})
