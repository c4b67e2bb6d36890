import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { callFacts, spanFacts } from '../../support/facts.ts'
import { freshLedger, type TestLedger } from '../../support/fresh-ledger.ts'
import { fixedPrice } from '../../support/prices.ts'
import { openTestWriter } from '../../support/writer.ts'

const traceId = callFacts(1).trace

/** A call of the workflow `wf` that starts and ends so many seconds after the first, with its number as prompt tokens. */
function call(number: number, seconds: number): Facts {
  const [start, ns] = [callFacts(1), BigInt(seconds) * 10n ** 9n]
  return callFacts(
    number,
    { workflow_id: 'wf', 'gen_ai.usage.input_tokens': BigInt(number) },
    { traceId, startTimeUnixNano: start.startNs + ns, endTimeUnixNano: start.endNs + ns },
  )
}

async function ranks({ client }: TestLedger): Promise<number[]> {
  const { rows } = await client.query('select prompt_tokens from token_usage order by task_id, call_sequence')
  expect(
    (await client.query('select count(distinct (task_id, call_sequence))::int as n from token_usage')).rows[0].n,
  ).toBe(rows.length)
  return rows.map(({ prompt_tokens }) => prompt_tokens)
}

test('calls are ranked by their start, in whichever order they come', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  await write([call(3, 3), call(1, 1)])
  expect(await ranks(ledger)).toEqual([1, 3])
  await write([call(5, 5)])
  expect(await ranks(ledger)).toEqual([1, 3, 5])
  await write([call(2, 2), call(7, 7)])
  expect(await ranks(ledger)).toEqual([1, 2, 3, 5, 7])
  const { rows } = await ledger.client.query(
    'select max(id::text) = max(last_call::text) as is_last from token_usage, spanledger.workflows',
  )
  expect(rows).toEqual([{ is_last: true }])
})

test('calls of a long task are ranked by their start, too, of which only the later ones are read', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  const calls = Array.from({ length: 160 }, (_, i) => call(i + 1, (i * 61) % 160))
  for (let at = 0; at < calls.length; at += 20) await write(calls.slice(at, at + 20))
  const expected = calls.toSorted((a, b) => Number(a.startNs - b.startNs)).map(({ usage }) => usage!.prompt)
  expect(await ranks(ledger)).toEqual(expected)
  const { rows } = await ledger.client.query('select min(call_sequence), max(call_sequence) from token_usage')
  expect(rows).toEqual([{ min: 1, max: 160 }])
})

test('a call that moves to another task is ranked there, and those that stay are ranked anew', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  const named = { ...call(1, 1), workflowId: null, parent: callFacts(20).id }
  await write([named, { ...call(2, 2), workflowId: 'other' }, { ...call(3, 3), workflowId: 'other' }])
  await write([spanFacts(20, { workflow_id: 'wf' }, { traceId })])
  const { rows } = await ledger.client.query(
    'select t.workflow_id, call_sequence, u.prompt_tokens, u.workflow_id as of from token_usage u join task_executions t on t.id = task_id order by 1, 2',
  )
  expect(rows.map(Object.values)).toEqual([
    ['other', 1, 2, 'other'],
    ['other', 2, 3, 'other'],
    ['wf', 1, 1, 'wf'],
  ])
})

test('a call that gets another agent, and its task another user, keeps its rank', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  const agent = spanFacts(20, { workflow_id: 'wf', user_id: 'anna' }, { traceId })
  const below = { parent: agent.id, workflowId: 'wf' }
  await write([{ ...call(1, 1), ...below }, call(2, 2), { ...call(3, 3), ...below }])
  await write([{ ...agent, kind: 'agent', agent: 'planner' }, call(4, 4)])
  const { rows } = await ledger.client.query(
    'select call_sequence, prompt_tokens, agent_id, external_id from token_usage join users u on u.id = user_id order by 1',
  )
  expect(rows.map(Object.values)).toEqual([
    [1, 1, 'planner', 'anna'],
    [2, 2, null, 'anna'],
    [3, 3, 'planner', 'anna'],
    [4, 4, null, 'anna'],
  ])
})

test('a call that is billed no more is removed', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  await write([call(1, 1)])
  // the provider's own span of the same call, below it, is billed in its place
  const own = { ...call(1, 1), id: callFacts(8).id, parent: callFacts(1).id, digest: 'other' }
  await write([own])
  expect(await ranks(ledger)).toEqual([1])
})

test('a row keeps the price that it was written with, and its parts, when its trace is read again', async () => {
  await using ledger = await freshLedger()
  const named = { ...call(1, 1), workflowId: null, parent: callFacts(20).id }
  await openTestWriter(ledger.database, { price: fixedPrice(5) })([named])
  const parent = spanFacts(20, { workflow_id: 'wf' }, { traceId })
  await openTestWriter(ledger.database, { price: fixedPrice(7) })([parent, call(2, 2)])
  const { rows } = await ledger.client.query(
    'select workflow_id, cost_nano_usd, cost_parts, price_source, unpriced from token_usage order by prompt_tokens',
  )
  expect(rows.map(Object.values)).toEqual([
    ['wf', '5', { input: 5 }, 'own', false],
    ['wf', '7', { input: 7 }, 'own', false],
  ])
})
