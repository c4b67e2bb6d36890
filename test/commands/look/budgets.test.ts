import { afterAll, beforeAll, expect, test } from 'vitest'
import * as budgets from '../../../src/commands/look/budgets.ts'
import { budgetOf, check } from '../../support/budgets.ts'
import { callFacts } from '../../support/facts.ts'
import { freshLedger, type TestLedger } from '../../support/fresh-ledger.ts'
import { expectGolden, type InProcess, type Printed, printed } from '../../support/look.ts'
import { fixedPrice } from '../../support/prices.ts'
import { openTestWriter } from '../../support/writer.ts'

const at = (time: string) => BigInt(Date.parse(time)) * 1_000_000n
const during = (day: string) => ({
  startTimeUnixNano: at(`${day}T10:00:00Z`),
  endTimeUnixNano: at(`${day}T10:00:05Z`),
})
const written = [
  { name: 'each-user', per: 'user', period: 'day', usd: 2.5 },
  { name: 'two-users', per: 'user', only: ['ada', 'cleo'], period: 'month', tokens: 100 },
  { name: 'all', per: 'tenant', period: 'month', usd: 20 },
  { name: 'gpt', per: 'model', only: ['gpt-4o'], period: 'day', tokens: 1_000_000 },
  { name: 'report', per: 'workflow_name', period: 'month', usd: 10 },
]

let ledger: TestLedger

beforeAll(async () => {
  ledger = await freshLedger()
  const touched: Parameters<typeof check>[2][number][] = []
  const write = openTestWriter(ledger.database, {
    price: fixedPrice(1_000_000_000, 'openai'),
    onUsage: (one) => void touched.push(one),
  })
  await write([
    callFacts(1, { user_id: 'ada', workflow_name: 'nightly' }, during('2026-11-29')),
    callFacts(2, { user_id: 'ada', workflow_name: 'nightly' }, during('2026-11-29')),
    callFacts(3, { user_id: 'bob' }, during('2026-11-29')),
    callFacts(4, { user_id: 'bob' }, during('2026-11-02')),
    callFacts(5, {}, during('2026-11-03')),
  ])
  // the month is at 25 %, and has an alert of an earlier, lower limit, which is another alert
  await check(ledger.database, [budgetOf('user', 'day', { usd: 2.5 }, { name: 'each-user' })], touched)
  await check(ledger.database, [budgetOf('tenant', 'month', { usd: 5 }, { name: 'all' })], touched)
})

afterAll(() => ledger[Symbol.asyncDispose]())

function run(how: Omit<InProcess, 'settings'> = {}, list: readonly object[] = written): Promise<Printed> {
  const settings = { DATABASE_URL: ledger.url, SPANLEDGER_BUDGETS: JSON.stringify(list) }
  return printed(budgets, { ...how, settings })
}

test.each([80, 120, null])('fits a terminal of %s columns; null: a pipe gets all, exactly', async (width) => {
  const { output, code } = await run({ width })
  expectGolden(`budgets-${width ?? 'pipe'}`, output)
  expect(code).toBe(0)
})

test('--json has exact amounts, and when alerts were reached', async () => {
  const { output } = await run({ options: { json: [] } })
  const rows = JSON.parse(output) as Record<string, unknown>[]
  expect(rows[0]).toMatchObject({
    ...{ budget: 'each-user', per: 'user', value: 'ada', period: 'day', period_start: '2026-11-29', unit: 'usd' },
    ...{ limit: '2.500000000', spent: '2.000000000', share: 0.8, alerts: [80], withdrawn_80_at: null },
    reached_80_at: expect.stringMatching(/^\d{4}-.*Z$/),
  })
  expect(rows.find(({ value }) => value === 'cleo')).toMatchObject({ spent: '0', share: 0, alerts: [] })
  expect(rows.find(({ budget }) => budget === 'all')).toMatchObject({ spent: '5.000000000', share: 0.25, alerts: [] })
  expect(rows.find(({ budget }) => budget === 'report')).toMatchObject({ value: 'nightly', spent: '2.000000000' })
})

test('--day shows another day and its month; what has no alert yet is said', async () => {
  const { output, errors } = await run({ options: { day: ['2026-11-02'], json: ['budget,value,spent'] } }, [
    { ...written[0], usd: 1 },
  ])
  expect(JSON.parse(output)).toEqual([{ budget: 'each-user', value: 'bob', spent: '1.000000000' }])
  expect(errors).toMatch(/^1 of them have no alert yet: /)
  await expect(run({ options: { day: ['2026-02-30'] } })).rejects.toThrow("--day can't be 2026-02-30")
})

test('says where there is nothing', async () => {
  expect((await run({}, [])).errors).toMatch(/^No budget is configured/)
  expect((await run({ options: { day: ['2020-01-01'] } }, [written[0]!])).errors).toBe(
    'Nothing was spent of any budget.\n',
  )
})
