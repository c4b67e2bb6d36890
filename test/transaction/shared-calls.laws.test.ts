import fc from 'fast-check'
import { expect, test } from 'vitest'
import { migrate } from '../../src/store/tables/migrate.ts'
import { arrivals } from '../settle/arbitrary.ts'
import { sharedSets } from '../settle/arbitrary-shared.ts'
import { clientOf } from '../support/embedded.ts'
import { brokenSums } from '../support/laws.ts'
import { freshPlace } from '../support/places.ts'
import { playReceivers } from '../support/play-receivers.ts'
import { propertyRuns } from '../support/property-runs.ts'

const runs = propertyRuns(25)

test('laws 2 and 4: one ledger of calls that several traces report, in any order, by two receivers at once', async () => {
  await using place = await freshPlace('PostgreSQL')
  await using database = await place.open()
  await migrate(database)
  const client = clientOf(database)
  const play = { database, memories: [0, 100_000], mayLoseText: '%' }
  let shared = 0
  await fc.assert(
    fc.asyncProperty(
      sharedSets.chain((set) => fc.tuple(arrivals(set, 4), arrivals(set))),
      async ([one, other]) => {
        const ledger = await playReceivers(play, one)
        expect(await brokenSums(client)).toEqual([])
        const { rows } = await client.query('select from call_ids where shared like \'%,%"trace"%\'')
        shared += rows.length
        expect(await playReceivers(play, other)).toBe(ledger)
      },
    ),
    { numRuns: runs },
  )
  expect(shared).toBeGreaterThan(0)
})

test('law 4: sums are those of the rows after each transaction', async () => {
  await using place = await freshPlace('PostgreSQL')
  await using database = await place.open()
  await migrate(database)
  const client = clientOf(database)
  const afterEach = async () => expect(await brokenSums(client)).toEqual([])
  await fc.assert(
    fc.asyncProperty(
      sharedSets.chain((set) => arrivals(set, 4)),
      async (batches) => {
        await playReceivers({ database, memories: [10], mayLoseText: '%', afterEach }, batches)
      },
    ),
    { numRuns: Math.ceil(runs / 4) },
  )
})
