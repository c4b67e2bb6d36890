import { readFileSync } from 'node:fs'
import path from 'node:path'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { openDatabase } from '../../../src/databases.ts'
import { addMonths, monthOf, partitionName } from '../../../src/store/partitions/months.ts'
import { migrate } from '../../../src/store/tables/migrate.ts'
import { readNewestFacts } from '../../../src/transaction/read/newest-facts.ts'
import { configOf } from '../../support/config.ts'
import { smallRun, tracesRequest } from '../../support/otlp.ts'
import { freshPlace } from '../../support/places.ts'
import { openTestReceiver } from '../../support/receiver.ts'
import { send } from '../../support/send.ts'

const statement = readFileSync(
  path.join(import.meta.dirname, '..', '..', '..', 'src', 'transaction', 'sql', 'read', 'newest_facts.sql'),
  'utf8',
)

/** Puts older entries before those that are there: as many, each with this many characters. */
async function addOlder(client: pg.Client, count: number, characters: number): Promise<void> {
  const facts = JSON.stringify([{ id: 'a', name: 'x'.repeat(characters), startNs: '1', endNs: '2', service: 'older' }])
  await client.query(
    `insert into spanledger.ledger (tenant, epoch, trace, version, facts)
     select '', current_date, gen_random_uuid(), 1, $1 from generate_series(1, $2::int)`,
    [facts, count],
  )
}

test('the newest facts are none in an empty ledger, and those that were committed last in a long one', async () => {
  await using place = await freshPlace('PostgreSQL')
  await using receiver = await openTestReceiver(place.url, place.settings)
  await using client = await place.connect()
  await using reader = await openDatabase(configOf({ DATABASE_URL: place.url, ...place.settings }))
  expect(await readNewestFacts(reader)).toEqual([])
  await addOlder(client, 2000, 2000)
  expect((await send(tracesRequest(smallRun('wf')), receiver.http)).status).toBe(200)
  const facts = await readNewestFacts(reader)
  expect(facts.slice(0, 2).map(({ service, dialect }) => [service, dialect])).toEqual([
    ['test-agent', 'plain attributes'],
    ['test-agent', 'plain attributes'],
  ])
  expect(facts.length).toBeGreaterThan(100)
  expect(facts.length).toBeLessThanOrEqual(201)
  const month = monthOf(new Date())
  await client.query('set search_path = spanledger, public')
  const { rows: sizes } = await client.query<{ pages: number }>(
    "select (pg_relation_size($1::regclass) / current_setting('block_size')::int)::int as pages",
    [partitionName('ledger', month)],
  )
  const parameters = [`${month}-01`, `${addMonths(month, 1)}-01`, sizes[0]!.pages - 1]
  const { rows: plan } = await client.query<{ 'QUERY PLAN': string }>(`explain ${statement}`, parameters)
  const text = plan.map((line) => line['QUERY PLAN']).join('\n')
  expect(text).toContain(`Tid Range Scan on ${partitionName('ledger', month)} ledger`)
  expect(text.match(/ on ledger_/g)).toHaveLength(1)
})

test('the newest facts are no more than 4 MB and one entry', async () => {
  await using place = await freshPlace('PostgreSQL')
  await using client = await place.connect()
  await using reader = await openDatabase(configOf({ DATABASE_URL: place.url, ...place.settings }))
  await migrate(reader)
  await addOlder(client, 10, 1_500_000)
  expect(await readNewestFacts(reader)).toHaveLength(3)
})
