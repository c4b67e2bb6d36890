import { expect, test } from 'vitest'
import { callFacts, spanFacts } from '../../support/facts.ts'
import { freshLedger } from '../../support/fresh-ledger.ts'
import { openTestWriter } from '../../support/writer.ts'

test('each transaction adds one entry to a trace: its new facts', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  const traceId = callFacts(1).trace
  await write([callFacts(1), callFacts(2, {}, { traceId })])
  await write([callFacts(1)])
  await write([callFacts(1), callFacts(3, {}, { traceId })])
  const { rows } = await ledger.client.query(
    "select tenant, replace(trace::text, '-', '') as trace, version::int, facts from spanledger.ledger order by version",
  )
  const ids = rows.map(({ facts }) => JSON.parse(facts).map(({ id }: { id: string }) => id))
  expect(rows.map(({ tenant, trace, version }) => [tenant, trace, version])).toEqual([
    ['', traceId, 1],
    ['', traceId, 3],
  ])
  expect(ids).toEqual([[callFacts(1).id, callFacts(2).id], [callFacts(3).id]])
})

test('the text of an event is kept only while no row has it', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  // a plain span makes no row as long as nothing in its trace is recognised
  const plain = spanFacts(9, {})
  const withEvent = {
    ...plain,
    events: [{ type: 'x', message: 'a long prompt', payload: '{}', timeNs: plain.startNs }],
  }
  await write([withEvent])
  await write([callFacts(2)])
  const { rows } = await ledger.client.query('select facts from spanledger.ledger order by trace desc')
  const [call, unrelated] = rows
    .map(({ facts }) => JSON.parse(facts)[0].events)
    .sort((a, b) => (a[0].type < b[0].type ? -1 : 1))
  expect(call).toEqual([{ type: 'agent.thinking' }])
  expect(unrelated).toEqual([{ type: 'x', message: 'a long prompt', payload: '{}' }])
})
