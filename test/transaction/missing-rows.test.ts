import fc from 'fast-check'
import type pg from 'pg'
import { expect, test } from 'vitest'
import type { Facts } from '../../src/map/facts/facts.ts'
import { openTraceCache } from '../../src/transaction/ledger/trace-cache.ts'
import { arrivals, factSets } from '../settle/arbitrary.ts'
import { callFacts, spanFacts, toolFacts } from '../support/facts.ts'
import { freshLedger, type TestLedger } from '../support/fresh-ledger.ts'
import { brokenSums } from '../support/laws.ts'
import { dumpLedger, readLedger } from '../support/ledger.ts'
import { playReceivers } from '../support/play-receivers.ts'
import { fixedPrice } from '../support/prices.ts'
import { propertyRuns } from '../support/property-runs.ts'
import { openTestWriter } from '../support/writer.ts'

const runs = propertyRuns(15)

const tables = ['event_logs', 'token_usage', 'tool_executions', 'agent_executions'] as const

const under = { traceId: callFacts(1).trace, parentSpanId: callFacts(1).id }

/** A run over two traces, with a row in each table. */
const run = [
  callFacts(1, { workflow_id: 'wf', user_id: 'ada' }),
  toolFacts(2, { workflow_id: 'wf' }, under),
  spanFacts(3, { workflow_id: 'wf', 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'planner' }, under),
  callFacts(4, { workflow_id: 'wf', user_id: 'ada' }),
]
/** Later versions of all spans of the run, and a new one. */
const later = [
  ...run.map((facts) => ({ ...facts, endNs: facts.endNs + 1_000_000_000n, digest: `${facts.digest}1` })),
  callFacts(5, { workflow_id: 'wf', user_id: 'ada' }),
]

/** Deletes the rows of a table that belong to some workflows, as a person would. */
async function deleteRows({ client }: TestLedger, table: string, workflows: readonly string[]): Promise<number> {
  const { rowCount } = await client.query(`delete from ${table} where workflow_id = any ($1)`, [workflows])
  return rowCount!
}

/** Every row but the texts of events, which nothing remembers. */
async function dumpWithoutTexts({ client }: TestLedger): Promise<string> {
  await client.query("update event_logs set message = '', payload = '{}' where type not like 'task.%'")
  return dumpLedger(client)
}

async function writeRun(ledger: TestLedger, between: () => Promise<unknown>, cacheSpans = 0): Promise<string> {
  const write = openTestWriter(ledger.database, {
    price: fixedPrice(1_234_567, 'openai'),
    traceCache: openTraceCache(cacheSpans),
  })
  await write(run)
  await between()
  expect(await write(later)).toEqual(later.map(() => 'committed'))
  expect(await brokenSums(ledger.client)).toEqual([])
  return dumpWithoutTexts(ledger)
}

test.each([
  ['task_executions'],
  ...tables.map((table) => [table]),
  ['task_executions', ...tables],
  ['task_executions', 'token_usage'],
  ['event_logs', 'tool_executions'],
])('rows of %s %s %s that a person deletes are back after later versions and a new span', async (...deleted) => {
  await using untouched = await freshLedger()
  const expected = await writeRun(untouched, async () => {})
  for (const cacheSpans of [0, 1000]) {
    await using ledger = await freshLedger()
    const remove = async () => {
      for (const table of deleted) expect(await deleteRows(ledger, table, ['wf'])).toBeGreaterThan(0)
    }
    expect(await writeRun(ledger, remove, cacheSpans)).toBe(expected)
    expect((await readLedger(ledger.client)).strays).toEqual([])
  }
})

test('texts of events whose rows are there stay', async () => {
  await using ledger = await freshLedger()
  const texts = () =>
    ledger.client.query("select id, message, payload from event_logs where type not like 'task.%' order by id")
  const write = openTestWriter(ledger.database)
  await write(run)
  const { rows: before } = await texts()
  await deleteRows(ledger, 'task_executions', ['wf'])
  await write([callFacts(5, { workflow_id: 'wf' })])
  const { rows: after } = await texts()
  expect(before.length).toBeGreaterThan(3)
  expect(after).toEqual(expect.arrayContaining(before))
})

test('rows that retention has removed do not come back', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database, { traceCache: openTraceCache(1000) })
  await write(run)
  const pruned = ['event_logs', 'token_usage', 'tool_executions']
  for (const name of pruned)
    await ledger.client.query("insert into spanledger.pruned values ($1, timestamptz '2100-01-01')", [name])
  for (const name of pruned) await deleteRows(ledger, name, ['wf'])
  await deleteRows(ledger, 'agent_executions', ['wf'])
  await write(later)
  const count = async (table: string) =>
    Number((await ledger.client.query(`select count(*) from ${table} where workflow_id = 'wf'`)).rows[0].count)
  expect(await count('task_executions')).toBe(1)
  expect(await count('agent_executions')).toBe(1)
  for (const name of pruned) expect([name, await count(name)]).toEqual([name, 0])
})

test('a run whose task retention has removed is not written again', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  await write(run)
  await ledger.client.query("insert into spanledger.pruned values ('task_executions', timestamptz '2100-01-01')")
  for (const name of ['task_executions', ...tables]) await deleteRows(ledger, name, ['wf'])
  await write(later.slice(0, 2))
  const { rows } = await ledger.client.query('select id from task_executions')
  expect(rows).toEqual([])
})

/** Deletes the tasks of some workflows, and their rows in some tables. */
async function deleteSome(client: pg.Client, { every, from }: Deletion): Promise<void> {
  const { rows } = await client.query<{ workflow_id: string }>(
    "select workflow_id from task_executions where ('x' || substr(md5(workflow_id), 1, 6))::bit(24)::int % $1 = 0",
    [every],
  )
  for (const table of ['task_executions', ...from])
    await client.query(`delete from ${table} where workflow_id = any ($1)`, [rows.map((row) => row.workflow_id)])
}

interface Deletion {
  readonly every: number
  readonly from: readonly string[]
}

const deletions = fc.record({ every: fc.constantFrom(1, 2, 3), from: fc.subarray([...tables]) })

test('law 2: whatever a person deletes meanwhile, the ledger is the one that nobody has touched', async () => {
  await using ledger = await freshLedger()
  const { client, database } = ledger
  const setsAndBatches = factSets.chain((set) => fc.tuple(arrivals(set), deletions, fc.boolean()))
  await fc.assert(
    fc.asyncProperty(setsAndBatches, async ([batches, deletion, remembers]) => {
      const memories = [remembers ? 100_000 : 0]
      const play = (sent: readonly (readonly Facts[])[], afterEach?: () => Promise<void>) =>
        playReceivers({ database, memories, mayLoseText: '%', ...(afterEach && { afterEach }) }, sent)
      await play(batches)
      const { rows } = await client.query<{ workflow_id: string }>('select workflow_id from task_executions order by 1')
      const lastSpans = rows.map(({ workflow_id }, i) => callFacts(100 + i, { workflow_id }))
      const sent = [...batches, lastSpans]
      const untouched = await play(sent)
      let written = 0
      const touched = await play(sent, async () => {
        written += 1
        if (written < sent.length) await deleteSome(client, deletion)
      })
      expect(touched).toBe(untouched)
      expect(await brokenSums(client)).toEqual([])
    }),
    { numRuns: runs },
  )
})
