import { describe, expect, test } from 'vitest'
import { Misconfigured } from '../../src/errors.ts'
import { BadRow, type Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { openTraceCache } from '../../src/transaction/ledger/trace-cache.ts'
import type { ForeignRows } from '../../src/transaction/write-all.ts'
import { callFacts } from '../support/facts.ts'
import { freshLedger } from '../support/fresh-ledger.ts'
import { fixedPrice } from '../support/prices.ts'
import { openTestWriter } from '../support/writer.ts'

test('each fact has its outcome, in the order of the batch, and the commit is reported', async () => {
  await using ledger = await freshLedger()
  const committed: number[] = []
  const write = openTestWriter(ledger.database, { onCommitted: ({ items }) => committed.push(items) })
  const other = { ...callFacts(1), name: 'another span', endNs: callFacts(1).endNs - 1n }
  expect(await write([callFacts(1), callFacts(2)])).toEqual(['committed', 'committed'])
  expect(await write([callFacts(3), callFacts(1), other, callFacts(2)])).toEqual([
    'committed',
    'duplicate',
    'conflict',
    'duplicate',
  ])
  expect(committed).toEqual([2, 4])
  const { rows } = await ledger.client.query('select count(*)::int as n from task_executions')
  expect(rows).toEqual([{ n: 3 }])
})

test('facts are committed whole or not at all, and what failed is not cached', async () => {
  await using ledger = await freshLedger()
  await ledger.client.query("alter table token_usage add constraint no_bad check (model <> 'bad')")
  const traceCache = openTraceCache(1_000)
  const write = openTestWriter(ledger.database, { traceCache })
  const waiting = { parentSpanId: 'f'.repeat(16) }
  const bad = callFacts(2, { 'gen_ai.request.model': 'bad' }, waiting)
  await expect(write([callFacts(1, {}, waiting), bad])).rejects.toBeInstanceOf(BadRow)
  const tables =
    'select (select count(*) from task_executions)::int + (select count(*) from spanledger.traces)::int as n'
  expect((await ledger.client.query(tables)).rows).toEqual([{ n: 0 }])
  expect(await write([callFacts(1, {}, waiting)])).toEqual(['committed'])
})

/** A database that counts its transactions. */
function counted(database: Database): { readonly database: Database; transactions: number } {
  const counting = {
    transactions: 0,
    database: {
      ...database,
      transaction: ((work, limits) => {
        counting.transactions++
        return database.transaction(work, limits)
      }) satisfies Database['transaction'],
    },
  }
  return counting
}

test('a value counts as refused only after tables, users and tasks were read anew, which is done once', async () => {
  await using ledger = await freshLedger()
  const counting = counted(ledger.database)
  const reasons: string[] = []
  const write = openTestWriter(counting.database, { onUnavailable: (reason) => reasons.push(reason) })
  await write([callFacts(1)])
  await ledger.client.query("alter table token_usage add constraint no_bad check (model <> 'bad')")
  const bad = (number: number) => write([callFacts(number, { 'gen_ai.request.model': 'bad' })])
  counting.transactions = 0
  await expect(bad(2)).rejects.toBeInstanceOf(BadRow)
  expect(counting.transactions).toBe(2)
  await expect(bad(3)).rejects.toBeInstanceOf(BadRow)
  expect(counting.transactions).toBe(3)
  await write([callFacts(4)])
  await expect(bad(5)).rejects.toBeInstanceOf(BadRow)
  expect(counting.transactions).toBe(6)
  expect(reasons).toEqual([])
})

test('a commit that fails through no fault of a row is reported with its reason', async () => {
  await using ledger = await freshLedger()
  const reasons: string[] = []
  const write = openTestWriter(ledger.database, { onUnavailable: (reason) => reasons.push(reason) })
  await ledger.client.query('drop table spanledger.ledger')
  await expect(write([callFacts(1)])).rejects.toBeInstanceOf(Misconfigured)
  expect(reasons).toEqual([expect.stringContaining('42P01')])
})

test('rows of another writer are reported, and looked for from then on', async () => {
  await using ledger = await freshLedger()
  const foreign: ForeignRows[] = []
  const counting = counted(ledger.database)
  const write = openTestWriter(counting.database, { onForeignRows: (rows) => foreign.push(rows) })
  for (const number of [1, 2])
    await ledger.client.query(
      "insert into task_executions (workflow_id, query, status, started_at) values ($1, 'q', 'RUNNING', to_timestamp($2))",
      // in the same month: a workflow's id is unique within a month
      [`wf-${number}`, Number(callFacts(number).startNs / 1_000_000_000n)],
    )
  expect(await write([callFacts(1), callFacts(3)])).toEqual(['committed', 'committed'])
  expect(counting.transactions).toBe(2)
  expect(await write([callFacts(2)])).toEqual(['committed'])
  expect(foreign).toEqual([
    { tasks: 1, days: 0 },
    { tasks: 1, days: 0 },
  ])
  expect(counting.transactions).toBe(3)
})

test('E43: while a batch of 512 spans is settled, an app has its turn in between', async () => {
  await using ledger = await freshLedger()
  let pauses = 0
  const write = openTestWriter(ledger.database, { pause: async () => pauses++ })
  const facts = Array.from({ length: 512 }, (_, number) => callFacts(number))
  expect(await write(facts)).toEqual(facts.map(() => 'committed'))
  // after each 64 facts, and again while their rows are made
  expect(pauses).toBe(16)
})

describe('law 8: tenants', () => {
  const run = (prompt: number, responseId: string, number = 1) =>
    callFacts(
      number,
      {
        workflow_id: 'wf-1',
        user_id: 'ada',
        'gen_ai.usage.input_tokens': BigInt(prompt),
        'gen_ai.response.id': responseId,
      },
      { traceId: callFacts(1).trace },
    )

  test('the same workflow, trace, span, user and response ids of two tenants are two of each', async () => {
    await using ledger = await freshLedger()
    let rate = 5
    const tenants = ['', 'acme', 'globex'].map((tenant) => ledger.database.forTenant(tenant))
    const writers = tenants.map((database) => openTestWriter(database, { price: (call) => fixedPrice(rate)(call) }))
    for (const [i, database] of tenants.entries()) {
      await migrate(database)
      expect(await writers[i]!([run(10 * (i + 1), 'r-1')])).toEqual(['committed'])
    }
    const acme = writers[1]!
    expect(await acme([run(20, 'r-1')])).toEqual(['duplicate'])
    const rows = (sql: string) => Promise.all(tenants.map((database) => database.transaction((all) => all.query(sql))))
    const tasks =
      'select workflow_id, total_tokens, external_id from task_executions t join users u on u.id = t.user_id'
    expect(await rows(tasks)).toEqual(
      [15, 25, 35].map((total_tokens) => [{ workflow_id: 'wf-1', total_tokens, external_id: 'ada' }]),
    )

    // the price list changes: rows keep their costs, new rows have the new price, and the sums add up (law 4)
    rate = 7
    expect(await acme([run(40, 'r-2', 2)])).toEqual(['committed'])
    const costs = await rows(`
      select t.total_cost_nano_usd::int as total, sum(u.cost_nano_usd)::int as rows
      from task_executions t join token_usage u on u.task_id = t.id group by 1`)
    expect(costs).toEqual([[{ total: 5, rows: 5 }], [{ total: 12, rows: 12 }], [{ total: 5, rows: 5 }]])
  })
})
