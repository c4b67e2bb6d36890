import type pg from 'pg'
import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mostTracesOfId } from '../../../src/settle/call-ids/deduplicate-by-id.ts'
import type { Database } from '../../../src/store/database.ts'
import { migrate } from '../../../src/store/tables/migrate.ts'
import { removeRun } from '../../../src/transaction/forget/remove-run.ts'
import { openTraceCache } from '../../../src/transaction/ledger/trace-cache.ts'
import { clientOf } from '../../support/embedded.ts'
import { callFacts } from '../../support/facts.ts'
import { freshLedger } from '../../support/fresh-ledger.ts'
import { brokenSums } from '../../support/laws.ts'
import { fixedPrice } from '../../support/prices.ts'
import { openTestWriter } from '../../support/writer.ts'

const responseId = 'chatcmpl-CaXq9ZkT3mWv0bJr7NhUe2LsYdFiG'
const id = { 'gen_ai.response.id': responseId }
const fixed = { price: fixedPrice(7) }

/** A call in a trace of its own. */
function reported(n: number, other: Partial<Facts> = {}): Facts {
  return { ...callFacts(n, id), ...other }
}

/** As a gateway reports it: without a workflow id. */
function repeated(n: number, other: Partial<Facts> = {}): Facts {
  return reported(n, { workflowId: null, origin: 'gateway', ...other })
}

async function billed(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ workflow: string }>(
    'select t.workflow_id as workflow from token_usage u join task_executions t on t.id = u.task_id order by 1',
  )
  expect(await brokenSums(client)).toEqual([])
  return rows.map(({ workflow }) => workflow)
}

async function tasks(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>('select workflow_id as id from task_executions order by 1')
  return rows.map((row) => row.id)
}

async function mentions(client: pg.Client): Promise<(string | null)[]> {
  const { rows } = await client.query<{ shared: string | null }>('select shared from spanledger.call_ids')
  return rows.map(({ shared }) => shared)
}

/** A writer of another receiver that remembers everything. */
function receiver(database: Database) {
  return openTestWriter(database, { ...fixed, traceCache: openTraceCache(100_000) })
}

test.each([
  ['the gateway comes first', [repeated(1), reported(2)]],
  ['the run comes first', [reported(2), repeated(1)]],
])('a call in two traces has one row, in the run, when %s', async (_, [first, second]) => {
  await using ledger = await freshLedger()
  const write = receiver(ledger.database)
  expect(await write([first!])).toEqual(['committed'])
  expect(await receiver(ledger.database)([second!])).toEqual(['committed'])
  expect(await billed(ledger.client)).toEqual(['wf-2'])
  expect(await tasks(ledger.client)).toEqual(['wf-2'])
  // the first receiver remembers the trace as it was
  expect(await write([first!, second!])).toEqual(['duplicate', 'duplicate'])
  expect(await tasks(ledger.client)).toEqual(['wf-2'])
})

test('what comes later for a trace that repeats others is written as if all had come at once', async () => {
  await using ledger = await freshLedger()
  const [gateway, run] = [repeated(1), reported(2)]
  const later = { ...callFacts(3, { 'gen_ai.usage.input_tokens': 11n }), trace: gateway.trace, workflowId: null }
  await receiver(ledger.database)([gateway, run])
  await receiver(ledger.database)([later])
  expect(await billed(ledger.client)).toEqual([gateway.trace, 'wf-2'].sort())
})

test('a trace that becomes more of a run takes the row over from the trace that had it', async () => {
  await using ledger = await freshLedger()
  const [one, other] = [repeated(1), repeated(2)]
  await receiver(ledger.database)([one])
  await receiver(ledger.database)([other])
  const [first] = await billed(ledger.client)
  const loser = first === one.trace ? other : one
  const root: Facts = {
    ...callFacts(9),
    trace: loser.trace,
    kind: 'agent',
    usage: null,
    workflowId: null,
    agent: 'main',
  }
  await receiver(ledger.database)([root])
  expect(await billed(ledger.client)).toEqual([loser.trace])
  expect(await tasks(ledger.client)).toEqual([loser.trace])
})

test('receivers that write traces of one call at once have one row in the end', async () => {
  await using ledger = await freshLedger()
  const writers = [receiver(ledger.database), receiver(ledger.database), receiver(ledger.database)]
  await Promise.all(
    Array.from({ length: 12 }, (_, i) => writers[i % 3]!([i === 7 ? reported(i) : repeated(i), callFacts(20 + i)])),
  )
  expect(await billed(ledger.client)).toContain('wf-7')
  expect(await billed(ledger.client)).toHaveLength(13)
})

test('a receiver that has a trace in memory learns that a trace of another one has taken its call', async () => {
  await using ledger = await freshLedger()
  const [one, other] = [receiver(ledger.database), receiver(ledger.database)]
  const first = repeated(1, { parent: 'f'.repeat(16) })
  await one([first])
  await other([reported(2)])
  expect(await billed(ledger.client)).toEqual(['wf-2'])
  const own = callFacts(3, { 'gen_ai.usage.input_tokens': 77 })
  await one([{ ...own, trace: first.trace, workflowId: null }])
  expect(await billed(ledger.client)).toEqual([first.trace, 'wf-2'])
})

test('another tenant may have the same id', async () => {
  await using ledger = await freshLedger()
  const acme = ledger.database.forTenant('acme')
  await migrate(acme)
  await receiver(ledger.database)([reported(1)])
  await receiver(acme)([reported(2)])
  expect(await billed(ledger.client)).toEqual(['wf-1'])
  const { rows } = await clientOf(acme).query<{ id: string }>('select workflow_id as id from task_executions')
  expect(rows).toEqual([{ id: 'wf-2' }])
})

test('an id that more traces mention than a call has reports says nothing, in whatever order they come', async () => {
  const all = Array.from({ length: mostTracesOfId + 1 }, (_, i) => reported(i))
  await using ledger = await freshLedger()
  const write = receiver(ledger.database)
  for (let i = 0; i < all.length - 1; i += 16) await write(all.slice(i, Math.min(i + 16, mostTracesOfId)))
  expect(await billed(ledger.client)).toHaveLength(1)
  await write(all.slice(-1))
  expect(await billed(ledger.client)).toHaveLength(all.length)
  await write([reported(100)])
  expect(await billed(ledger.client)).toHaveLength(all.length + 1)
})

test('a value that the database refuses leaves the traces of a call as they were', async () => {
  await using ledger = await freshLedger()
  const write = receiver(ledger.database)
  await write([repeated(1)])
  await ledger.client.query(`create function refuse() returns trigger language plpgsql as $$
    begin if new.workflow_id = 'wf-2' then raise exception 'no'; end if; return new; end $$`)
  await ledger.client.query(
    'create trigger refuse before insert on task_executions for each row execute function refuse()',
  )
  await expect(write([reported(2)])).rejects.toThrow('no')
  expect(await billed(ledger.client)).toEqual([repeated(1).trace])
  await ledger.client.query('drop trigger refuse on task_executions')
  await write([reported(2)])
  expect(await billed(ledger.client)).toEqual(['wf-2'])
})

test('ids of a run that is removed are removed with it', async () => {
  await using ledger = await freshLedger()
  await receiver(ledger.database)([reported(1), callFacts(2, { 'gen_ai.response.id': `${responseId}2` })])
  expect(await mentions(ledger.client)).toEqual([null, null])
  await removeRun(ledger.database, 'wf-1')
  expect(await mentions(ledger.client)).toEqual([null])
})
