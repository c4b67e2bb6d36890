import { expect, test } from 'vitest'
import { readBilledReports, readTraces } from '../../../src/transaction/read/read-traces.ts'
import { callFacts } from '../../support/facts.ts'
import { freshLedger } from '../../support/fresh-ledger.ts'
import { noPrice } from '../../support/prices.ts'
import { openTestWriter } from '../../support/writer.ts'

const price = noPrice

test('a trace is found by its id, and with others by the id of its workflow', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  await write([callFacts(1, { workflow_id: 'wf' }), callFacts(2, { workflow_id: 'wf' }), callFacts(3)])
  const read = async (id: string) => (await readTraces(ledger.database, price, id)).map((trace) => trace.id)
  expect(await read(callFacts(1).trace.toUpperCase())).toEqual([callFacts(1).trace])
  expect(await read('wf')).toEqual([callFacts(1).trace, callFacts(2).trace])
  expect(await read('wf-3')).toEqual([callFacts(3).trace])
  expect(await read('other')).toEqual([])
  const [trace] = await readTraces(ledger.database, price, 'wf-3')
  expect([...trace!.nodes.keys()]).toEqual([callFacts(3).id])
})

test('traces without reports have billed none', async () => {
  await using ledger = await freshLedger()
  await openTestWriter(ledger.database)([callFacts(1)])
  const traces = await readTraces(ledger.database, price, 'wf-1')
  expect(await readBilledReports(ledger.database, traces)).toEqual(new Map())
})
