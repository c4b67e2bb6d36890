import { expect, test } from 'vitest'
import { callFacts, spanFacts } from '../../support/facts.ts'
import { freshLedger, type TestLedger } from '../../support/fresh-ledger.ts'
import { openTestWriter } from '../../support/writer.ts'

async function events({ client }: TestLedger, workflow: string): Promise<[string, number][]> {
  const { rows } = await client.query('select type, seq::int from event_logs where workflow_id = $1 order by seq', [
    workflow,
  ])
  return rows.map(({ type, seq }) => [type, seq])
}

const traceId = callFacts(1).trace
const later = {
  traceId,
  startTimeUnixNano: callFacts(1).startNs + 10n ** 9n,
  endTimeUnixNano: callFacts(1).endNs + 10n ** 9n,
}

test('numbers grow in the order of time; at one time the start of the task is first and its end last', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  await write([callFacts(2, { workflow_id: 'wf-1' }, later), callFacts(1)])
  const expected = [
    ['task.started', 1],
    ['agent.thinking', 2],
    ['agent.thinking', 3],
    ['task.completed', 4],
  ]
  expect(await events(ledger, 'wf-1')).toEqual(expected)
  const times = 'select count(distinct timestamp)::int as n from event_logs where seq in (1, 2)'
  expect((await ledger.client.query(times)).rows).toEqual([{ n: 1 }])
})

test('an event that moves gets the next number of its new workflow, and numbers are not given twice', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  // the call's run is named by its parent, which comes later
  const call = callFacts(1, { workflow_id: '' }, { parentSpanId: callFacts(2).id })
  await write([call])
  await write([callFacts(3, { workflow_id: 'wf' }, { traceId, parentSpanId: 'f'.repeat(16) })])
  await write([spanFacts(2, { workflow_id: 'wf' }, { traceId })])
  expect(await events(ledger, traceId)).toEqual([])
  const ours = await events(ledger, 'wf')
  expect(ours.filter(([type]) => type === 'agent.thinking')).toHaveLength(2)
  const numbers = ours.map(([, seq]) => seq)
  expect(new Set(numbers).size).toBe(numbers.length)
  const { rows } = await ledger.client.query('select seq::int from spanledger.workflows where workflow = $1', ['wf'])
  expect(Math.max(...numbers)).toBe(rows[0].seq)
})

test('the end of a task changes in its place, and is removed while the task is open', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  await write([callFacts(1)])
  const end = async () =>
    (await ledger.client.query("select seq::int, payload from event_logs where type like 'task.c%'")).rows
  expect(await end()).toEqual([{ seq: 3, payload: { duration_ms: 1000 } }])
  await write([callFacts(2, { workflow_id: 'wf-1' }, later)])
  expect(await end()).toEqual([{ seq: 3, payload: { duration_ms: 2000 } }])
  await write([callFacts(4, { workflow_id: 'wf-1' }, { ...later, traceId, parentSpanId: 'f'.repeat(16) })])
  expect(await end()).toEqual([])
})
