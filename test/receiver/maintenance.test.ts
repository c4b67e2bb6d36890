import { expect, test } from 'vitest'
import { openMetrics } from '../../src/metrics/registry.ts'
import { openMaintenance } from '../../src/receiver/maintenance.ts'
import { observePartitions } from '../../src/receiver/observe-receiver.ts'
import { addMonths, boundOf, monthOf, partitionName } from '../../src/store/partitions/months.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { oneServer } from '../../src/store/tenants/tenant-servers.ts'
import { freshLedger } from '../support/fresh-ledger.ts'

const current = monthOf(new Date())
const moves = { tenants: () => [], takeOver: async () => {} }
const nothing = { retentionOf: () => ({}), archiveFolder: null, warnFromBytes: null, moves, onPartitions: () => {} }

test('the months of all tenants are made when it opens', async () => {
  await using ledger = await freshLedger()
  const { client, database } = ledger
  await migrate(database.forTenant('acme'))
  const last = partitionName('event_logs', addMonths(current, 3))
  for (const schema of ['public', 'acme']) {
    await client.query(`
      alter table ${schema}.event_logs detach partition ${schema}.event_logs_future;
      drop table ${schema}.${last};
      alter table ${schema}.event_logs attach partition ${schema}.event_logs_future
        for values from (${boundOf(addMonths(current, 3))}) to (maxvalue)`)
  }
  const warnings: string[] = []
  {
    const events = { warning: (text: string) => void warnings.push(text), maintained: () => {} }
    await using _ = openMaintenance({ ...nothing, servers: oneServer(database, 2), events })
  }
  const { rows } = await client.query(
    'select relnamespace::regnamespace::text as schema from pg_class where relname = $1 order by 1',
    [last],
  )
  expect(rows).toEqual([{ schema: 'acme' }, { schema: 'public' }])
  expect(warnings).toEqual([])
})

test('what is old is removed, for each tenant by its own days, rows outside of all months are counted, and a large database without retention is said', async () => {
  await using ledger = await freshLedger()
  const { client, database } = ledger
  await migrate(database.forTenant('acme'))
  const insert = (schema: string, time = "now() - interval '300 days'") =>
    client.query(
      `insert into ${schema}.event_logs (id, workflow_id, type, timestamp) values ('00000000-0000-8000-8000-000000000000', 'wf', 'x', ${time})`,
    )
  for (const schema of ['public', 'acme']) await insert(schema)
  await insert('public', "now() + interval '900 days'")
  const warnings: string[] = []
  const metrics = openMetrics()
  {
    const events = { warning: (text: string) => void warnings.push(text), maintained: () => {} }
    const retentionOf = (tenant: string) => (tenant === 'acme' ? { event_logs: 100 } : {})
    await using _ = openMaintenance({
      servers: oneServer(database, 2),
      events,
      moves,
      onPartitions: observePartitions(metrics),
      retentionOf,
      archiveFolder: null,
      warnFromBytes: 1,
    })
  }
  const { rows } = await client.query(
    'select (select count(*)::int from public.event_logs) as kept, (select count(*)::int from acme.event_logs) as gone',
  )
  expect(rows).toEqual([{ kept: 2, gone: 0 }])
  expect(await metrics.snapshot()).toMatchObject({
    spanledger_partitions_ahead: [{ labels: [], value: 3 }],
    spanledger_unbounded_partitions: [
      { labels: ['past'], value: 1 },
      { labels: ['future'], value: 1 },
    ],
  })
  expect(warnings).toEqual([expect.stringMatching(/has 0\.0 GB, and everything is kept: SPANLEDGER_RETENTION/)])
})

test('what fails is said, and ends nothing', async () => {
  await using ledger = await freshLedger()
  const { client, database } = ledger
  await client.query(
    'create role maintainer login; grant usage on schema spanledger to maintainer; alter table event_logs detach partition event_logs_future',
  )
  const future = addMonths(current, 3)
  await client.query(
    `drop table ${partitionName('event_logs', future)}; alter table event_logs attach partition event_logs_future for values from (${boundOf(future)}) to (maxvalue)`,
  )
  const limited = {
    ...database,
    transaction: (async (work, limits) =>
      database.transaction(async (session) => {
        await session.query('set local role maintainer')
        return work(session)
      }, limits)) as typeof database.transaction,
    forTenant: () => limited,
  }
  try {
    const warnings: string[] = []
    {
      const events = { warning: (text: string) => void warnings.push(text), maintained: () => {} }
      await using _ = openMaintenance({ ...nothing, servers: oneServer(limited, 2), events })
    }
    const said = [
      /no partitions could be made .*`spanledger partition`.*42501/,
      /^the sums of hours could not be brought up to date: .*permission denied/,
    ]
    expect(warnings).toEqual(said.map((text) => expect.stringMatching(text)))
  } finally {
    await client.query('drop owned by maintainer; drop role maintainer')
  }
})
