import { expect, test } from 'vitest'
import { openTraceCache } from '../../../src/transaction/ledger/trace-cache.ts'
import { lockTraces } from '../../../src/transaction/ledger/traces.ts'
import { callFacts } from '../../support/facts.ts'
import { freshLedger } from '../../support/fresh-ledger.ts'
import { fixedPrice, noPrice } from '../../support/prices.ts'
import { openTestWriter } from '../../support/writer.ts'

const unpriced = noPrice
const [parent, child] = [callFacts(1), callFacts(2, {}, { traceId: callFacts(1).trace, parentSpanId: callFacts(1).id })]

test('a new trace is empty; one that was written is read, with the costs of its rows', async () => {
  await using ledger = await freshLedger()
  const lock = (price = unpriced) =>
    ledger.database.transaction((session) =>
      lockTraces(session, openTraceCache(0), price, { facts: [child, callFacts(9)], others: [] }),
    )
  for (const { trace, version } of await lock()) expect([trace.nodes.size, version]).toEqual([0, 1])
  await openTestWriter(ledger.database, { price: fixedPrice(7) })([parent])
  const [locked] = await lock()
  expect(locked).toMatchObject({ version: 3, arrivals: [child] })
  expect([...locked!.trace.nodes.keys()]).toEqual([parent.id])
  expect(locked!.trace.nodes.get(parent.id)!.rows!.usage!.costNano).toBe(7n)
})

test('of a cached trace, only what others have written since is read', async () => {
  await using ledger = await freshLedger()
  const traceCache = openTraceCache(1_000)
  const orphan = callFacts(3, {}, { traceId: parent.trace, parentSpanId: 'f'.repeat(16) })
  await openTestWriter(ledger.database, { traceCache })([orphan])
  await openTestWriter(ledger.database)([parent])
  const cached = traceCache.take(parent.trace)!
  cached.trace.nodes.get(orphan.id)!.facts = { ...orphan, name: 'as cached' }
  traceCache.put(parent.trace, cached)
  await ledger.database.transaction(async (session) => {
    const [locked] = await lockTraces(session, traceCache, unpriced, { facts: [child], others: [] })
    expect(locked!.trace).toBe(cached.trace)
    expect([...locked!.trace.nodes.values()].map(({ facts }) => facts.name)).toEqual(['as cached', parent.name])
  })
})

test('another transaction waits for the traces until the commit', async () => {
  await using ledger = await freshLedger()
  await ledger.database.transaction(async (session) => {
    await lockTraces(session, openTraceCache(0), unpriced, { facts: [child], others: [] })
    const other = ledger.database.transaction(
      (second) => lockTraces(second, openTraceCache(0), unpriced, { facts: [parent], others: [] }),
      {
        lockTimeoutMs: 50,
        statementTimeoutMs: 0,
      },
    )
    await expect(other).rejects.toThrow('55P03')
  })
})
