import type pg from 'pg'
import { expect, test } from 'vitest'
import { addMonths, monthOf, partitionName } from '../../../src/store/partitions/months.ts'
import { listExpired, prune } from '../../../src/store/partitions/retention.ts'
import { readPartitions } from '../../../src/store/partitions/table-layout.ts'
import { migrate } from '../../../src/store/tables/migrate.ts'
import { outcomeOf } from '../../support/command.ts'
import { callFacts } from '../../support/facts.ts'
import { freshLedger, openTestDatabase } from '../../support/fresh-ledger.ts'
import { makePlatform } from '../../support/platform.ts'
import { connect, emptyDatabase } from '../../support/postgres.ts'
import { openTestWriter } from '../../support/writer.ts'

const current = monthOf(new Date())
/** So many days ago is in the month before the current one, so that all earlier months are older. */
const days = new Date().getUTCDate() + 5

/** A model call in the middle of a month. */
function callIn(number: number, months: number) {
  const start = BigInt(Date.parse(`${addMonths(current, months)}-15T12:00:00Z`)) * 1_000_000n
  const times = { startTimeUnixNano: start, endTimeUnixNano: start + 1_000_000_000n }
  return callFacts(number, { 'user.id': 'ada' }, times)
}

async function countsOf(client: pg.Client): Promise<object> {
  const { rows } = await client.query(
    `select (select count(*)::int from task_executions) as tasks, (select count(*)::int from event_logs) as events,
       (select count(*)::int from token_usage) as calls, (select sum(total_tasks)::int from usage_daily_aggregates) as in_days`,
  )
  return rows[0]
}

test('months that are kept no longer go whole, the sums of days stay, and later rows find their place', async () => {
  await using ledger = await freshLedger()
  const { client, database } = ledger
  const write = openTestWriter(database)
  await write([callIn(1, -9), callIn(2, -1), callIn(3, 0)])
  const before = (await countsOf(client)) as { events: number }
  expect(before).toMatchObject({ tasks: 3, calls: 3, in_days: 3 })
  const retention = { event_logs: days, token_usage: days }
  const expired = await listExpired(database, retention)
  expect(expired.filter(({ rows }) => rows > 0)).toMatchObject([
    { table: 'token_usage', partition: 'token_usage_past', rows: 1 },
    { table: 'event_logs', partition: 'event_logs_past', rows: before.events / 3 },
  ])
  await prune(database, retention)
  expect(await countsOf(client)).toEqual({ tasks: 3, events: (before.events / 3) * 2, calls: 2, in_days: 3 })

  // with the month before the current one gone, too, its rows belong to the partition of all earlier months
  const first = partitionName('token_usage', addMonths(current, -1))
  await prune(database, { token_usage: 1 })
  const parts = await database.transaction((session) => readPartitions(session, 'token_usage'))
  // on the first day of a month the month before is kept, because not all of it is older
  const isKept = new Date().getUTCDate() === 1
  expect(parts.map(({ name }) => name).includes(first)).toBe(isKept)
  for (const [i, { from }] of parts.entries()) expect(from).toBe(i === 0 ? null : parts[i - 1]!.to)
  await write([callIn(4, -1)])
  expect(await countsOf(client)).toMatchObject({ tasks: 4, calls: isKept ? 3 : 2 })
})

test('a month that a reader has goes at the next turn, without keeping writers', async () => {
  await using ledger = await freshLedger()
  const { database } = ledger
  const write = openTestWriter(database)
  await write([callIn(1, -9), callIn(2, 0)])
  await using reader = await connect(ledger.url)
  await reader.query('begin; select count(*) from event_logs_past')
  await expect(prune(database, { event_logs: days }, 2)).rejects.toThrow(/55P03/)
  expect(await write([callIn(3, 0)])).toEqual(['committed'])
  await reader.query('commit')
  await prune(database, { event_logs: days }, 2)
  expect(await listExpired(database, { event_logs: days })).toMatchObject([{ partition: 'event_logs_past', rows: 0 }])
})

test('without partitions our own rows are deleted one by one, and a platform keeps its', async () => {
  await using empty = await emptyDatabase()
  await using database = openTestDatabase(empty.url)
  await using client = await connect(empty.url)
  await makePlatform(client, 'newer')
  await migrate(database)
  await client.query("update event_logs set timestamp = timestamp - interval '2 years'")
  const platform = (await client.query('select count(*)::int as n from event_logs')).rows[0].n as number
  expect(platform).toBeGreaterThan(0)
  await openTestWriter(database)([callIn(1, -9), callIn(2, 0)])
  const all = (await client.query('select count(*)::int as n from event_logs')).rows[0].n as number
  const ours = (all - platform) / 2
  expect(await listExpired(database, { event_logs: days })).toMatchObject([
    { table: 'event_logs', partition: null, rows: ours },
  ])
  await prune(database, { event_logs: days })
  const left = (await client.query('select count(*)::int as n from event_logs')).rows[0].n as number
  expect(left).toBe(platform + ours)
})

test('prune says what would go, removes it, and finds nothing more', async () => {
  await using ledger = await freshLedger()
  await openTestWriter(ledger.database)([callIn(1, -9), callIn(2, 0)])
  const settings = { DATABASE_URL: ledger.url, SPANLEDGER_RETENTION: `{"token_usage": "${days}d"}` }
  const dry = await outcomeOf(['prune', '--dry-run'], settings)
  expect(dry.output).toMatch(/token_usage +token_usage_past +1 .*\nNothing is removed: this is what would go\n$/)
  expect((await countsOf(ledger.client)) as object).toMatchObject({ calls: 2 })
  expect(await outcomeOf(['prune'], settings)).toMatchObject({ code: 0 })
  expect((await countsOf(ledger.client)) as object).toMatchObject({ calls: 1, tasks: 2 })
  const kept = await outcomeOf(['prune'], { DATABASE_URL: ledger.url })
  expect(kept.output).toContain('Everything is kept')
})
