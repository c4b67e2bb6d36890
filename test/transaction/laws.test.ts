import { test } from 'vitest'
import { migrate } from '../../src/store/tables/migrate.ts'
import { databases, freshPlace } from '../support/places.ts'
import { holdLaws } from './hold-laws.ts'

test.each(databases)(
  'laws 2, 3, 4 and 8 on %s: any order, any batches, duplicates, two tenants: one ledger, and its sums add up',
  async (name) => {
    await using place = await freshPlace(name)
    await using database = await place.open()
    const acme = database.forTenant('acme')
    await migrate(database)
    await migrate(acme)
    // the embedded one has one receiver, and takes twice as long
    const [memories, runs] = name === 'PostgreSQL' ? [[0, 100_000], 25] : [[10], 12]
    await holdLaws([database, acme], memories, runs)
  },
)
