import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import type { Database } from '../../../src/store/database.ts'
import { openPostgres } from '../../../src/store/postgres/postgres.ts'
import { migrate, planMigration } from '../../../src/store/tables/migrate.ts'
import { arrivals, factSets } from '../../settle/arbitrary.ts'
import { clientOf } from '../../support/embedded.ts'
import { emptyTables } from '../../support/play-receivers.ts'
import { connect, emptyDatabase, freshDatabase } from '../../support/postgres.ts'
import { propertyRuns } from '../../support/property-runs.ts'
import { expectedLedger, groupsOf, playMeanwhile, type Sets } from './meanwhile.ts'

const runs = propertyRuns(10)

function openMany(url: string): Database {
  return openPostgres({ url, connections: 16, connectTimeoutMs: 60_000, description: 'test' })
}

const archives = await mkdtemp(path.join(os.tmpdir(), 'spanledger-archive-'))

afterAll(() => rm(archives, { recursive: true }))

/** Makes an archive of its own for a run, since a database refuses one that has files of another. */
function newArchive(): Promise<string> {
  return mkdtemp(path.join(archives, 'run-'))
}

/** Makes the tables as they are before they are partitioned. */
async function makePlainTables(url: string, database: Database): Promise<void> {
  await using client = await connect(url)
  await client.query('begin')
  for (const { statements } of await planMigration(database)) for (const sql of statements) await client.query(sql)
  await client.query('commit')
}

/** Three sets, and the live one in two orders and batches: one for each tenant. */
const cases = fc
  .tuple(factSets, factSets, factSets)
  .map((sets) => groupsOf(...sets))
  .filter(({ live, old, doomed }) => live.length > 0 && old.length > 0 && doomed.length > 0)
  .chain((sets) => fc.tuple(fc.constant(sets), batchesOf(sets), batchesOf(sets)))

function batchesOf({ live }: Sets): fc.Arbitrary<Facts[][]> {
  return arrivals(live, 5)
}

test('laws 2, 4 and 8: two tenants take spans while retention, forget and maintenance run: what is kept is exact, and the days stay', async () => {
  await using fresh = await freshDatabase()
  await using database = openMany(fresh.url)
  const [acme, reference] = [database.forTenant('acme'), database.forTenant('reference')]
  for (const tenant of [acme, reference]) await migrate(tenant)
  let tooOld = 0
  await fc.assert(
    fc.asyncProperty(cases, async ([sets, one, other]) => {
      for (const tenant of [database, acme, reference]) await clientOf(tenant).query(emptyTables)
      const expected = await expectedLedger(reference, sets)
      const ledgers = await Promise.all([
        playMeanwhile({ database, sets, batches: one, converts: false, archiveFolder: null }),
        playMeanwhile({ database: acme, sets, batches: other, converts: false, archiveFolder: await newArchive() }),
      ])
      expect(ledgers.map(({ ledger }) => ledger)).toEqual([expected, expected])
      for (const left of ledgers) tooOld += left.tooOld
    }),
    // a run takes a second or more: the first failure is shown as it is
    { numRuns: runs, endOnFailure: true },
  )
  expect(tooOld).toBeGreaterThan(0)
})

test('laws 2, 4 and 8: the same while the tables of both tenants are partitioned', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ([sets, one, other]) => {
      await using empty = await emptyDatabase()
      await using client = await connect(empty.url)
      await using database = openMany(empty.url)
      const [acme, reference] = [database.forTenant('acme'), database.forTenant('reference')]
      for (const tenant of [database, acme]) await makePlainTables(empty.url, tenant)
      await migrate(reference)
      const expected = await expectedLedger(reference, sets)
      const ledgers = await Promise.all([
        playMeanwhile({ database, sets, batches: one, converts: true, archiveFolder: null }),
        playMeanwhile({ database: acme, sets, batches: other, converts: true, archiveFolder: await newArchive() }),
      ])
      expect(ledgers.map(({ ledger }) => ledger)).toEqual([expected, expected])
      const { rows } = await client.query(
        "select relnamespace::regnamespace::text as schema, count(*)::int as n from pg_class where relkind = 'p' group by 1 order by 1",
      )
      expect(rows).toEqual([
        { schema: 'acme', n: 6 },
        { schema: 'public', n: 5 },
        { schema: 'reference', n: 6 },
        { schema: 'spanledger', n: 1 },
      ])
    }),
    // a database for each run: the first failure is shown as it is
    { numRuns: Math.ceil(runs / 8), endOnFailure: true },
  )
})
