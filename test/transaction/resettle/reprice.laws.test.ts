import fc from 'fast-check'
import { expect, test } from 'vitest'
import { comparePrices, reprice } from '../../../src/operations/reprice.ts'
import { retryLocks } from '../../../src/store/partitions/partition.ts'
import { openTraceCache } from '../../../src/transaction/ledger/trace-cache.ts'
import { arrivals, factSets } from '../../settle/arbitrary.ts'
import { sharedSets } from '../../settle/arbitrary-shared.ts'
import { clientOf } from '../../support/embedded.ts'
import { callFacts } from '../../support/facts.ts'
import { freshLedger, type TestLedger } from '../../support/fresh-ledger.ts'
import { brokenSums } from '../../support/laws.ts'
import { dumpLedger } from '../../support/ledger.ts'
import { emptyTables } from '../../support/play-receivers.ts'
import { fixedPrice } from '../../support/prices.ts'
import { propertyRuns } from '../../support/property-runs.ts'
import { openTestWriter } from '../../support/writer.ts'

const runs = propertyRuns(10)
const [former, present] = [fixedPrice(1_234_567, 'openai'), fixedPrice(7_654_321, 'openai')]
const everything = { sinceMs: 0, models: null }

function repriceAll({ database }: TestLedger, price = present) {
  return reprice({ database, price, toJson: JSON.stringify }, everything)
}

const cases = fc
  .oneof(factSets, sharedSets)
  .chain((set) => fc.tuple(arrivals(set, 6), fc.nat(6), fc.boolean(), fc.constantFrom(0, 100_000)))

test('laws 2 and 4: calls that have their price anew are as if it had always been theirs, while receivers write', async () => {
  await using ledger = await freshLedger()
  const client = clientOf(ledger.database)
  const writer = (price: typeof former, maxSpans: number) =>
    openTestWriter(ledger.database, { price, traceCache: openTraceCache(maxSpans) })
  const dump = async () => {
    await client.query("update event_logs set message = '', payload = '{}'")
    return dumpLedger(client)
  }
  let changed = 0
  await fc.assert(
    fc.asyncProperty(cases, async ([batches, first, atOnce, maxSpans]) => {
      await client.query(emptyTables)
      const fresh = writer(present, 0)
      for (const batch of batches) await fresh(batch)
      const expected = await dump()

      await client.query(emptyTables)
      const traceCache = openTraceCache(maxSpans)
      const before = openTestWriter(ledger.database, { price: former, traceCache })
      for (const batch of batches.slice(0, first)) await before(batch)
      // the same receiver, with what it has in memory, after its prices were changed
      const after = openTestWriter(ledger.database, { price: present, traceCache })
      const write = async () => {
        for (const batch of batches.slice(first)) {
          await retryLocks(() => after(batch))
          expect(await brokenSums(client)).toEqual([])
        }
      }
      const repriceOnce = async () => {
        changed += (await repriceAll(ledger)).changedRuns
        expect(await brokenSums(client)).toEqual([])
      }
      if (atOnce) await Promise.all([write(), repriceOnce()])
      else {
        await repriceOnce()
        await write()
      }
      await repriceOnce()
      expect(await brokenSums(client)).toEqual([])
      expect(await dump()).toBe(expected)
      expect(await comparePrices({ database: ledger.database, price: present }, everything)).toEqual([])
      expect(await repriceAll(ledger)).toMatchObject({ runs: 0 })
    }),
    { numRuns: runs, endOnFailure: true },
  )
  expect(changed).toBeGreaterThan(0)
})

test('a receiver that has a run in memory goes on with its new prices', async () => {
  await using ledger = await freshLedger()
  const traceCache = openTraceCache(100_000)
  const write = openTestWriter(ledger.database, { price: former, traceCache })
  // a trace in which a parent is missing is kept in memory
  const place = { traceId: 'c'.repeat(32), parentSpanId: 'f'.repeat(16) }
  await write([callFacts(1, { workflow_id: 'wf' }, place)])
  await repriceAll(ledger)
  await write([callFacts(2, { workflow_id: 'wf' }, place)])
  expect(await brokenSums(ledger.client)).toEqual([])
  const { rows } = await ledger.client.query<{ cost: string }>(
    'select total_cost_nano_usd::text as cost from task_executions',
  )
  expect(rows).toEqual([{ cost: String(7_654_321 + 1_234_567) }])
})

test('only calls of the named models since then have their price anew, and a stated cost stays', async () => {
  await using ledger = await freshLedger()
  const { database, client } = ledger
  const write = openTestWriter(database, { price: former })
  const seconds = (n: number) => BigInt(Date.UTC(2026, 0, 15, 0, 0, n)) * 1_000_000n
  const call = (n: number, model: string, other: Record<string, string | number> = {}) =>
    callFacts(
      n,
      { workflow_id: 'wf', 'gen_ai.request.model': model, ...other },
      { startTimeUnixNano: seconds(n), endTimeUnixNano: seconds(n) },
    )
  await write([
    call(1, 'gpt-4o'),
    call(5, 'gpt-4o'),
    call(6, 'o3'),
    { ...call(7, 'gpt-4o'), usage: { ...call(7, 'gpt-4o').usage!, statedCostNano: 42 } },
  ])
  const target = { sinceMs: Number(seconds(5) / 1_000_000n), models: ['gpt-4o'] }
  expect(await comparePrices({ database, price: present }, target)).toEqual([
    { day: '2026-01-15', model: 'gpt-4o', calls: 1, beforeNano: 1_234_567n, afterNano: 7_654_321n, newlyPriced: 0 },
  ])
  const changes = await reprice({ database, price: present, toJson: JSON.stringify }, target)
  expect(changes).toMatchObject({ runs: 1, changedRuns: 1, tables: { token_usage: { changed: 1 } } })
  const { rows } = await client.query<{ cost: string }>(
    'select cost_nano_usd::text as cost from token_usage order by created_at',
  )
  expect(rows.map(({ cost }) => cost)).toEqual(['1234567', '7654321', '1234567', '42'])
  expect(await brokenSums(client)).toEqual([])
})
