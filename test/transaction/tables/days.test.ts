import { expect, test } from 'vitest'
import { noShare, type Share } from '../../../src/settle/share/share.ts'
import type { Database } from '../../../src/store/database.ts'
import { sqlFiles } from '../../../src/store/sql-files.ts'
import { writeDays } from '../../../src/transaction/tables/days.ts'
import type { WorkflowChange } from '../../../src/transaction/workflows/workflow-change.ts'
import { callFacts, spanFacts } from '../../support/facts.ts'
import { freshLedger, type TestLedger } from '../../support/fresh-ledger.ts'
import { openTestWriter } from '../../support/writer.ts'
import { changeOf, shareOf } from '../changes.ts'

const user = '11111111-1111-4111-8111-111111111111'

async function ledgerWithUser(): Promise<TestLedger> {
  const ledger = await freshLedger()
  await ledger.client.query("insert into users (id, external_id) values ($1, 'ada')", [user])
  return ledger
}

/** Returns how many rows of days stay as another writer left them. */
async function foreignDays(database: Database, tasks: Parameters<typeof writeDays>[1]): Promise<number> {
  const { foreign } = await database.transaction((session) => writeDays(session, tasks))
  return foreign
}

/** Commits that a task changes; returns how many rows of days stay as another writer left them. */
function write(
  { database }: TestLedger,
  before: Share,
  after: Share,
  { platformSumsDays = false, workflow = 'wf' } = {},
) {
  const workflows = [changeOf(workflow, before, after)]
  const tasks = { workflows, users: () => user, platformSumsDays, unsummedColumns: [], daysNeedUser: false }
  return foreignDays(database, tasks)
}

async function days({ client }: TestLedger): Promise<unknown[][]> {
  const { rows } = await client.query(
    'select total_tasks, total_tokens, total_cost_usd, model_usage from usage_daily_aggregates where user_id = $1',
    [user],
  )
  return rows.map(Object.values)
}

test('a day is the sum of its tasks, and follows them', async () => {
  await using ledger = await ledgerWithUser()
  expect(await write(ledger, noShare, shareOf(1))).toBe(0)
  await write(ledger, noShare, shareOf(2), { workflow: 'other' })
  expect(await days(ledger)).toEqual([[2, 45, '0.003000', { 'gpt-4o': 45 }]])
  await write(ledger, shareOf(1), shareOf(3))
  expect(await days(ledger)).toEqual([[2, 75, '0.005000', { 'gpt-4o': 75 }]])
})

test('a day without a task has no row', async () => {
  await using ledger = await ledgerWithUser()
  await write(ledger, noShare, shareOf(1))
  await write(ledger, shareOf(1), noShare)
  expect(await days(ledger)).toEqual([])
  expect((await ledger.client.query('select * from spanledger.days')).rows).toEqual([])
})

test('a row that another writer has changed or written stays as it is', async () => {
  await using ledger = await ledgerWithUser()
  await write(ledger, noShare, shareOf(1))
  await ledger.client.query('update usage_daily_aggregates set total_tokens = 100')
  expect(await write(ledger, shareOf(1), shareOf(2))).toBe(1)
  expect((await days(ledger)).map((day) => day[1])).toEqual([100])
  await write(ledger, shareOf(2), noShare)
  expect(await days(ledger)).toHaveLength(1)
})

test('where a trigger of the platform sums days, our sums are kept and not shown', async () => {
  await using ledger = await ledgerWithUser()
  expect(await write(ledger, noShare, shareOf(1), { platformSumsDays: true })).toBe(0)
  expect(await days(ledger)).toEqual([])
  expect((await ledger.client.query('select user_id from spanledger.days')).rows).toEqual([{ user_id: user }])
})

/** Commits that a task without a user changes. */
function writeWithoutUser({ database }: TestLedger, changes: readonly WorkflowChange[], daysNeedUser = false) {
  const tasks = { workflows: changes, users: () => null, platformSumsDays: false, unsummedColumns: [], daysNeedUser }
  return foreignDays(database, tasks)
}

async function daysWithoutUser({ client }: TestLedger): Promise<unknown[][]> {
  const { rows } = await client.query(
    'select total_tasks, total_tokens from usage_daily_aggregates where user_id is null order by 1',
  )
  return rows.map(Object.values)
}

test('the tasks without a user have one day together, which follows them', async () => {
  await using ledger = await freshLedger()
  expect(await writeWithoutUser(ledger, [changeOf('wf', noShare, shareOf(1))])).toBe(0)
  expect(await writeWithoutUser(ledger, [changeOf('other', noShare, shareOf(2))])).toBe(0)
  expect(await daysWithoutUser(ledger)).toEqual([[2, 45]])
  await writeWithoutUser(ledger, [changeOf('wf', shareOf(1), noShare)])
  expect(await daysWithoutUser(ledger)).toEqual([[1, 30]])
  await writeWithoutUser(ledger, [changeOf('other', shareOf(2), noShare)])
  expect(await daysWithoutUser(ledger)).toEqual([])
  expect((await ledger.client.query('select * from spanledger.days')).rows).toEqual([])
})

test('a day without a user that another writer has written stays as it is', async () => {
  await using ledger = await freshLedger()
  const { client } = ledger
  await client.query(
    "insert into usage_daily_aggregates (id, date, total_tasks, total_tokens) select gen_random_uuid(), d, 7, 70 from generate_series('2020-01-01'::date, '2030-01-01', '1 day') d",
  )
  expect(await writeWithoutUser(ledger, [changeOf('wf', noShare, shareOf(1))])).toBe(1)
  const { rows } = await client.query('select distinct total_tasks, total_tokens from usage_daily_aggregates')
  expect(rows).toEqual([{ total_tasks: 7, total_tokens: 70 }])
})

test('where every day must have a user, the sums of the tasks without one are kept, and not shown', async () => {
  await using ledger = await freshLedger()
  await ledger.client.query('alter table usage_daily_aggregates alter column user_id set not null')
  expect(await writeWithoutUser(ledger, [changeOf('wf', noShare, shareOf(1))], true)).toBe(0)
  expect(await daysWithoutUser(ledger)).toEqual([])
  expect((await ledger.client.query('select user_id from spanledger.days')).rows).toHaveLength(1)
})

test('the migration sums the days of runs without a user that an earlier version has written', async () => {
  await using ledger = await freshLedger()
  const { client } = ledger
  const write = openTestWriter(ledger.database)
  await write([callFacts(1), callFacts(2, { workflow_id: 'wf' }), spanFacts(3, { 'gen_ai.tool.name': 'search' })])
  await write([callFacts(4, { user_id: 'ada' })])
  const stored = async () => [
    (await client.query('select *, state::jsonb as state from spanledger.days order by user_id')).rows,
    (await client.query('select *, null as created_at from usage_daily_aggregates order by user_id')).rows,
  ]
  const before = await stored()
  expect(before.map((rows) => rows.length)).toEqual([2, 2])
  await client.query("delete from spanledger.days where user_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff'")
  await client.query('delete from usage_daily_aggregates where user_id is null')
  await client.query(`set search_path to spanledger, public; ${sqlFiles('store/tables/migrations').get('006_days')!}`)
  expect(await stored()).toEqual(before)
})
