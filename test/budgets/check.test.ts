import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { askForMonths } from '../../src/budgets/ask-for-months.ts'
import type { Facts } from '../../src/map/facts/facts.ts'
import type { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { forget } from '../../src/transaction/forget/forget.ts'
import { openTraceCache } from '../../src/transaction/ledger/trace-cache.ts'
import type { TouchedUsage } from '../../src/transaction/touched-usage.ts'
import { arrivals, factSets } from '../settle/arbitrary.ts'
import { alertsBySql, budgetOf, check, emptyBudgets, reachedAlerts } from '../support/budgets.ts'
import { clientOf } from '../support/embedded.ts'
import { callFacts } from '../support/facts.ts'
import { databases, freshPlace, type Place } from '../support/places.ts'
import { emptyTables } from '../support/play-receivers.ts'
import { fixedPrice } from '../support/prices.ts'
import { propertyRuns } from '../support/property-runs.ts'
import { openTestWriter } from '../support/writer.ts'

const runs = propertyRuns(6)
const price = fixedPrice(1_000_000_000, 'openai')

/** Limits between one call and some, so that sets of few calls reach, miss and leave them. */
const many = [
  budgetOf('user', 'day', { usd: 1 }),
  budgetOf('user', 'month', { tokens: 30 }),
  budgetOf('tenant', 'month', { usd: 2 }),
  budgetOf('model', 'day', { tokens: 15 }),
  budgetOf('model', 'month', { usd: 2 }, { only: ['gpt-4o-mini'] }),
  budgetOf('workflow_name', 'month', { usd: 2 }),
]

/** The facts, each workflow with a name that it may share with another. */
function named(facts: readonly Facts[]): Facts[] {
  return facts.map((fact) =>
    fact.workflowId === null
      ? fact
      : { ...fact, statements: { ...fact.statements, workflowName: `name-${fact.workflowId.slice(-1) < '3'}` } },
  )
}

/** Every kind of budget. */
const kinds = (['user', 'tenant', 'model', 'workflow_name'] as const).flatMap((per) =>
  (['day', 'month'] as const).flatMap((period) => [
    budgetOf(per, period, { usd: 5 }, { name: `${per}-${period}-usd` }),
    budgetOf(per, period, { tokens: 75 }, { name: `${per}-${period}-tokens` }),
  ]),
)

const callOf = (number: number, attributes: Record<string, string | bigint> = {}) =>
  callFacts(number, { 'gen_ai.usage.input_tokens': 10n, ...attributes })

describe.each(databases)('budgets on %s', (name) => {
  let place: Place
  let database: Database

  beforeAll(async () => {
    place = await freshPlace(name)
    database = await place.open()
    await migrate(database)
  })
  afterAll(async () => {
    await database[Symbol.asyncDispose]()
    await place[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await clientOf(database).query(emptyTables)
    await clientOf(database).query(emptyBudgets)
  })

  /** A receiver that commits, and keeps what it has touched. */
  function receiver(options = {}) {
    const touched: TouchedUsage[] = []
    const write = openTestWriter(database, {
      price,
      traceCache: openTraceCache(100_000),
      onUsage: (one) => void touched.push(one),
      ...options,
    })
    return { write, take: () => touched.splice(0) }
  }

  test('law 2: whatever the order, the batches, the duplicates and the receivers, alerts are those of the sums', async () => {
    const client = clientOf(database)
    let alerts = 0
    await fc.assert(
      fc.asyncProperty(
        factSets.chain((set) => fc.tuple(arrivals(named(set), 4), arrivals(named(set), 4))),
        async (orders) => {
          const results: string[][] = []
          for (const batches of orders) {
            await client.query(emptyTables)
            await client.query(emptyBudgets)
            const receivers = [receiver(), receiver({ mostMovedRows: 2 })]
            await Promise.all(
              receivers.map(async ({ write, take }, lane) => {
                for (const batch of batches.filter((_, i) => i % 2 === lane)) {
                  await write(batch)
                  await check(database, many, take())
                }
                await write.moved()
                await check(database, many, take())
              }),
            )
            results.push(await reachedAlerts(client))
            expect(results.at(-1)).toEqual(await alertsBySql(client, many))
          }
          expect(results[1]).toEqual(results[0])
          alerts += results[0]!.length
        },
      ),
      { numRuns: runs, endOnFailure: true },
    )
    expect(alerts).toBeGreaterThan(0)
  })

  test('each kind alerts at 80 and at 100 %, once: by day and month, in dollars and tokens, whatever is sent again', async () => {
    const client = clientOf(database)
    const { write, take } = receiver()
    const calls = Array.from({ length: 5 }, (_, n) => callOf(n, { user_id: 'ada', workflow_name: 'nightly' }))
    for (const [sent, threshold] of [
      [calls.slice(0, 3), 0],
      [calls.slice(0, 4), 80],
      [calls, 100],
      [calls, 0],
    ] as const) {
      await write([...sent])
      const changes = await check(database, kinds, take())
      const expected = threshold === 0 ? [] : kinds.map(({ name }) => `${name} ${threshold} true`)
      const seen = changes.map(({ budget, threshold, isReached }) => `${budget.name} ${threshold} ${isReached}`)
      expect(seen.sort()).toEqual(expected.sort())
    }
    expect(await reachedAlerts(client)).toEqual(await alertsBySql(client, kinds))
  })

  test('an alert comes once: by the receiver whose check sees it first', async () => {
    const budgets = [budgetOf('tenant', 'month', { usd: 10 })]
    const receivers = Array.from({ length: 4 }, () => receiver())
    const changes = await Promise.all(
      receivers.map(async ({ write, take }, lane) => {
        await write([callOf(3 * lane), callOf(3 * lane + 1), callOf(3 * lane + 2)])
        return check(database, budgets, take())
      }),
    )
    const all = changes.flat().map(({ threshold, isReached }) => [threshold, isReached])
    expect(all.sort()).toEqual([
      [100, true],
      [80, true],
    ])
    expect(await check(database, budgets, [], { looksAround: true, decidesAll: true })).toEqual([])
  })

  test('is exact at the limit: 80 % are reached by 8 of 10 dollars, and not by a nano-dollar less', async () => {
    const budgets = [budgetOf('model', 'month', { usd: 10.000000001 }), budgetOf('tenant', 'month', { usd: 10 })]
    const { write, take } = receiver()
    await write(Array.from({ length: 8 }, (_, n) => callOf(n)))
    expect(await check(database, budgets, take())).toMatchObject([{ budget: { per: 'tenant' }, threshold: 80 }])
  })

  test('money that moves to another user withdraws the alert, and money that comes back reaches it again', async () => {
    const budgets = [budgetOf('user', 'month', { usd: 2 })]
    const { write, take } = receiver()
    const call = (number: number) => callFacts(number, { workflow_id: 'wf', user_id: 'ada' })
    await write([call(1), call(2)])
    expect(await check(database, budgets, take())).toMatchObject([
      { name: 'ada', threshold: 80, isReached: true },
      { name: 'ada', threshold: 100, isReached: true },
    ])
    // the root names another user, and so the calls are that one's
    const root = { 'step.type': 'workflow', workflow_id: 'wf', user_id: 'bob' }
    await write([callFacts(0, root, { startTimeUnixNano: 1_700_000_000_000_000_000n })])
    const moved = await check(database, budgets, take())
    expect(moved.map(({ name, isReached }) => [name, isReached]).sort()).toEqual([
      ['ada', false],
      ['ada', false],
      ['bob', true],
      ['bob', true],
    ])
    await forget({ database, price, toJson: JSON.stringify }, { kind: 'workflow', id: 'wf' })
    await askForMonths(database)
    expect(await check(database, budgets, [], { looksAround: true })).toHaveLength(2)
    expect(await reachedAlerts(clientOf(database))).toEqual([])
    await write([callFacts(11, { user_id: 'ada' }), callFacts(12, { user_id: 'ada' })])
    expect(await check(database, budgets, take())).toMatchObject([{ name: 'ada', isKnown: true }, { isKnown: true }])
    const { rows } = await clientOf(database).query(
      "select revision, delivery, attempts from budget_alerts where value = 'ada'",
    )
    expect(rows).toEqual(Array.from({ length: 2 }, () => ({ revision: 3, delivery: 'pending', attempts: 0 })))
  })

  test('an alert of a month long ago, as an import makes it, has a row and no webhook', async () => {
    const { write, take } = receiver()
    const then = { startTimeUnixNano: 1_700_000_000_000_000_000n, endTimeUnixNano: 1_700_000_001_000_000_000n }
    await write([callFacts(1, {}, then)])
    expect(await check(database, [budgetOf('tenant', 'month', { usd: 1 })], take())).toMatchObject([
      { start: '2023-11-01', threshold: 80 },
      { start: '2023-11-01', threshold: 100 },
    ])
    const { rows } = await clientOf(database).query('select distinct delivery from budget_alerts')
    expect(rows).toEqual([{ delivery: 'none' }])
  })

  test('a user who is forgotten is in no alert and in no sum', async () => {
    const budgets = [budgetOf('user', 'day', { usd: 1 })]
    const { write, take } = receiver()
    await write([callFacts(1, { user_id: 'ada' }), callFacts(2, { user_id: 'bob' })])
    await check(database, budgets, take())
    await forget({ database, price, toJson: JSON.stringify }, { kind: 'user', id: 'ada' })
    const client = clientOf(database)
    const { rows } = await client.query('select distinct value from budget_alerts')
    expect(rows).toEqual([{ value: 'bob' }])
    expect((await client.query("select from budget_spend where dimension = 'user'")).rows).toHaveLength(1)
  })

  test('what others have written is found when it is looked around: an app that exports by itself, a budget that is new', async () => {
    const { write } = receiver({ onUsage: undefined })
    const endNs = BigInt(Date.now()) * 1_000_000n
    const now = { startTimeUnixNano: endNs - 1_000_000n, endTimeUnixNano: endNs }
    const budgets = [budgetOf('tenant', 'day', { usd: 2 })]
    await write([callFacts(1, {}, now)])
    const look = { looksAround: true, decidesAll: true }
    expect(await check(database, budgets, [], look)).toEqual([])
    const lower = [budgetOf('tenant', 'day', { usd: 1 })]
    expect(await check(database, lower, [], { looksAround: true })).toEqual([])
    expect(await check(database, lower, [], look)).toHaveLength(2)
    await write([callFacts(2, {}, now)])
    // the last hours are looked at once a minute, whichever receiver does it
    await clientOf(database).query("update budget_checks set checked_at = checked_at - interval '1 minute'")
    expect(await check(database, budgets, [], { looksAround: true })).toHaveLength(2)
    const { rows } = await clientOf(database).query('select distinct delivery from budget_alerts')
    expect(rows).toEqual([{ delivery: 'pending' }])
  })

  test('what retention has removed withdraws no alert', async () => {
    const budgets = [budgetOf('tenant', 'month', { usd: 1 })]
    const { write, take } = receiver()
    await write([callOf(1)])
    const touched = take()
    await check(database, budgets, touched)
    const client = clientOf(database)
    await client.query("insert into pruned values ('token_usage', '2100-01-01')")
    await client.query('delete from token_usage')
    expect(await check(database, budgets, touched, { looksAround: true, sumsMonths: true })).toEqual([])
    expect(await reachedAlerts(client)).toHaveLength(2)
  })

  test('tenants have alerts of their own, and a budget may name some', async () => {
    const acme = database.forTenant('acme')
    await migrate(acme)
    const other = openTestWriter(acme, { price })
    await other([callOf(1), callOf(2)])
    const budgets = [
      budgetOf('tenant', 'month', { usd: 2 }, { name: 'all' }),
      budgetOf('tenant', 'month', { usd: 1 }, { name: 'default', tenants: [''] }),
    ]
    const look = { looksAround: true, sumsMonths: true }
    const hours = new Set([Math.floor(Number(callOf(1).endNs / 1_000_000n) / 3_600_000) * 3_600_000])
    expect(await check(database, budgets, [{ hours, tasks: [] }], look)).toEqual([])
    expect(await check(acme, budgets, [{ hours, tasks: [] }], look)).toMatchObject([
      { name: 'acme', budget: { name: 'all' }, threshold: 80 },
      { name: 'acme', budget: { name: 'all' }, threshold: 100 },
    ])
  })
})
