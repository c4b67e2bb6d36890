import type pg from 'pg'
import { expect, test } from 'vitest'
import { addMonths, boundOf, monthOf, partitionName } from '../../../src/store/partitions/months.ts'
import { makeMonthsAhead } from '../../../src/store/partitions/months-ahead.ts'
import { readPartitionStates } from '../../../src/store/partitions/partition-state.ts'
import { partitionedTables } from '../../../src/store/partitions/partitioned-tables.ts'
import { freshLedger } from '../../support/fresh-ledger.ts'
import { connect } from '../../support/postgres.ts'

const current = monthOf(new Date())

/** Takes months away from the end, as a database has them that was made so many months ago. */
async function removeMonths(client: pg.Client, count: number): Promise<void> {
  await client.query('set search_path = spanledger, public')
  for (const { name } of partitionedTables) {
    await client.query(`alter table ${name} detach partition ${name}_future`)
    for (let ahead = 3; ahead > 3 - count; ahead -= 1)
      await client.query(`drop table ${partitionName(name, addMonths(current, ahead))}`)
    const from = boundOf(addMonths(current, 4 - count))
    await client.query(`alter table ${name} attach partition ${name}_future for values from (${from}) to (maxvalue)`)
  }
}

test('months that are missing are made, with what is unique in them, and rows that came too early move there', async () => {
  await using ledger = await freshLedger()
  const { client, database } = ledger
  await removeMonths(client, 2)
  await client.query(
    `insert into event_logs (workflow_id, type, seq, timestamp)
     select 'wf', 'x', n, date_trunc('month', now()) + n * interval '1 month' from generate_series(0, 5) n`,
  )
  const made = await makeMonthsAhead(database)
  expect(made).toEqual(
    partitionedTables.flatMap(({ name }) => [2, 3].map((ahead) => partitionName(name, addMonths(current, ahead)))),
  )
  const { rows } = await client.query<{ part: string; n: number }>(
    'select tableoid::regclass::text as part, count(*)::int as n from event_logs group by 1',
  )
  const [second, third] = [2, 3].map((ahead) => partitionName('event_logs', addMonths(current, ahead)))
  expect(rows).toEqual(
    expect.arrayContaining([
      { part: second, n: 1 },
      { part: third, n: 1 },
      { part: 'event_logs_future', n: 2 },
    ]),
  )
  const twice = `insert into event_logs (workflow_id, type, seq, timestamp) values ('wf', 'x', 3, ${boundOf(addMonths(current, 3))})`
  await expect(client.query(twice)).rejects.toThrow(/unique/)
  expect(await makeMonthsAhead(database)).toEqual([])
})

test('a table that a reader holds is left for the next turn, and writers wait for neither', async () => {
  await using ledger = await freshLedger()
  await removeMonths(ledger.client, 1)
  await using reader = await connect(ledger.url)
  await reader.query('begin; select count(*) from event_logs')
  const made = await makeMonthsAhead(ledger.database)
  expect(made).toHaveLength(partitionedTables.length - 1)
  await reader.query('commit')
  expect(await makeMonthsAhead(ledger.database)).toEqual([partitionName('event_logs', addMonths(current, 3))])
})

test('while another process makes the months, none is made', async () => {
  await using ledger = await freshLedger()
  await removeMonths(ledger.client, 1)
  await ledger.client.query('begin; select pg_advisory_xact_lock(5716893403)')
  expect(await makeMonthsAhead(ledger.database)).toEqual([])
  await ledger.client.query('commit')
  expect(await makeMonthsAhead(ledger.database)).toHaveLength(partitionedTables.length)
})

test('too many rows of a wrong clock stay where they are', async () => {
  await using ledger = await freshLedger()
  await removeMonths(ledger.client, 1)
  await ledger.client.query(
    `insert into event_logs (workflow_id, type, timestamp) select 'wf', 'x', ${boundOf(addMonths(current, 3))} from generate_series(1, 5001)`,
  )
  const made = await makeMonthsAhead(ledger.database)
  expect(made).not.toContain(partitionName('event_logs', addMonths(current, 3)))
  expect(made).toHaveLength(partitionedTables.length - 1)
  const states = await readPartitionStates(ledger.database)
  expect(states.find(({ table }) => table === 'event_logs')).toEqual({
    table: 'event_logs',
    isPartitioned: true,
    monthsAhead: 2,
    unbounded: ['event_logs_future'],
  })
})
