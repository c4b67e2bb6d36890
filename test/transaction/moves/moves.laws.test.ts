import fc from 'fast-check'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { migrate } from '../../../src/store/tables/migrate.ts'
import { arrivals, factSets } from '../../settle/arbitrary.ts'
import { sharedSets } from '../../settle/arbitrary-shared.ts'
import { clientOf } from '../../support/embedded.ts'
import { brokenSums } from '../../support/laws.ts'
import { databases, freshPlace } from '../../support/places.ts'
import { playReceivers } from '../../support/play-receivers.ts'
import { propertyRuns } from '../../support/property-runs.ts'

const runs = propertyRuns(25)

/** Sets with the events whose texts may be less: all of a trace that is for a while only a repetition of others. */
const sets = fc.oneof(fc.tuple(factSets, fc.constant('tool.%')), fc.tuple(sharedSets, fc.constant('%')))
const cases = sets.chain(([set, mayLoseText]) => fc.tuple(arrivals(set, 4), arrivals(set, 4), fc.constant(mayLoseText)))

/** What breaks law 4. While rows leave a task, the ranks of those that stay are not renewed. */
async function brokenWhileMoving(client: pg.Client): Promise<object[]> {
  const broken = (await brokenSums(client)) as { what: string }[]
  return broken.filter(({ what }) => what !== 'sequence')
}

async function countMoves(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    'select (select count(*) from moves)::int + (select count(*) from traces where moving)::int as n',
  )
  return rows[0]!.n
}

test.each(databases)(
  'laws 2 and 4 on %s: rows that are moved in parts, by one receiver or several, make the same ledger',
  async (name) => {
    await using place = await freshPlace(name)
    await using database = await place.open()
    await migrate(database)
    const client = clientOf(database)
    const memories = name === 'PostgreSQL' ? [0, 100_000] : [100_000]
    let delayed = 0
    await fc.assert(
      fc.asyncProperty(cases, async ([one, other, mayLoseText]) => {
        const whole = await playReceivers({ database, memories: [100_000], mayLoseText }, one)
        const afterEach = async () => {
          delayed += await countMoves(client)
          if (memories.length === 1) expect(await brokenWhileMoving(client)).toEqual([])
        }
        const play = { database, memories, mayLoseText, mostMovedRows: 2, afterEach }
        expect(await playReceivers(play, other)).toBe(whole)
        expect(await brokenSums(client)).toEqual([])
        expect(await countMoves(client)).toBe(0)
      }),
      // to shrink a set of facts takes hours with a database
      { numRuns: runs, endOnFailure: true },
    )
    expect(delayed).toBeGreaterThan(0)
  },
)
