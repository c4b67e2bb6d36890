import { expect, test } from 'vitest'
import { noShare, type Share } from '../../../src/settle/share/share.ts'
import { writeDays } from '../../../src/transaction/tables/days.ts'
import { freshLedger, type TestLedger } from '../../support/fresh-ledger.ts'
import { changeOf, shareOf } from '../changes.ts'

const user = '11111111-1111-4111-8111-111111111111'

async function ledgerWithUser(): Promise<TestLedger> {
  const ledger = await freshLedger()
  await ledger.client.query("insert into users (id, external_id) values ($1, 'ada')", [user])
  return ledger
}

/** Commits that a task changes; returns how many rows of days stay as another writer left them. */
function write(
  { database }: TestLedger,
  before: Share,
  after: Share,
  { platformSumsDays = false, workflow = 'wf' } = {},
) {
  const workflows = [changeOf(workflow, before, after)]
  return database.transaction((session) => writeDays(session, { workflows, users: () => user, platformSumsDays }))
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

test('a task without a user belongs to no day', async () => {
  await using ledger = await freshLedger()
  const options = { workflows: [changeOf('wf', noShare, shareOf(1))], users: () => null, platformSumsDays: false }
  expect(await ledger.database.transaction((session) => writeDays(session, options))).toBe(0)
  expect((await ledger.client.query('select * from spanledger.days')).rows).toEqual([])
})
