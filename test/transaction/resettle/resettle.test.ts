import fc from 'fast-check'
import type pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { namedId, taskId } from '../../../src/settle/model/ids.ts'
import { usageRank } from '../../../src/settle/usage/usage-rank.ts'
import { retryLocks } from '../../../src/store/partitions/partition.ts'
import { forgetRun } from '../../../src/transaction/forget/forget-run.ts'
import { ensureTombstoneKey } from '../../../src/transaction/ledger/tombstones.ts'
import { openTraceCache } from '../../../src/transaction/ledger/trace-cache.ts'
import { mostResettledTraces } from '../../../src/transaction/resettle/part-of-run.ts'
import { resettle } from '../../../src/transaction/resettle/resettle.ts'
import { arrivals, factSets } from '../../settle/arbitrary.ts'
import { sharedSets } from '../../settle/arbitrary-shared.ts'
import { clientOf } from '../../support/embedded.ts'
import { callFacts, spanFacts } from '../../support/facts.ts'
import { freshLedger, type TestLedger } from '../../support/fresh-ledger.ts'
import { brokenSums } from '../../support/laws.ts'
import { dumpLedger } from '../../support/ledger.ts'
import { emptyTables } from '../../support/play-receivers.ts'
import { fixedPrice } from '../../support/prices.ts'
import { propertyRuns } from '../../support/property-runs.ts'
import { openTestWriter } from '../../support/writer.ts'

/** Older rules: sums of agents count beside the calls that they sum up. */
const olderRanks = { own: 0, aggregate: -1 }
const ranks = { ...usageRank }

function applyRules(version: 'older' | 'present'): void {
  Object.assign(usageRank, version === 'older' ? olderRanks : ranks)
}

afterEach(() => applyRules('present'))

const runs = propertyRuns(15)
const price = fixedPrice(1_234_567, 'openai')

function writer({ database }: TestLedger, rules: number, most = mostResettledTraces) {
  return openTestWriter(database, { price, rules, traceCache: openTraceCache(0), mostResettledTraces: most })
}

function resettleAll(
  { database }: TestLedger,
  rules: number,
  other: { since?: string; all?: boolean; most?: number } = {},
) {
  const { since = null, all = false, most = mostResettledTraces } = other
  return resettle({ database, price, toJson: JSON.stringify, rules, mostResettledTraces: most }, { since, all })
}

/** The ledger without the texts of events, which may be less after an event was withdrawn and came back. */
async function dump(client: pg.Client): Promise<string> {
  await client.query("update event_logs set message = '', payload = '{}'")
  return dumpLedger(client)
}

const traceId = 'c'.repeat(32)
const agentAttributes = {
  workflow_id: 'wf',
  'gen_ai.operation.name': 'invoke_agent',
  'gen_ai.agent.name': 'planner',
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.usage.input_tokens': 10n,
  'gen_ai.usage.output_tokens': 5n,
}
const agent = spanFacts(1, agentAttributes, { traceId })
const call = callFacts(2, { workflow_id: 'wf' }, { traceId, parentSpanId: agent.id })

const sets = fc.oneof(factSets, sharedSets)
const cases = sets.chain((set) =>
  fc.tuple(arrivals(set, 6), fc.nat(6), fc.boolean(), fc.constantFrom(1, 2, mostResettledTraces)),
)

test('laws 2 and 4: rows that older rules have made become those of the present ones, as traces are read and by resettle meanwhile', async () => {
  await using ledger = await freshLedger()
  const client = clientOf(ledger.database)
  let changed = 0
  await fc.assert(
    fc.asyncProperty(cases, async ([arriving, more, atOnce, most]) => {
      // a run that older rules have made, and of which nothing arrives later
      const batches = [[agent, call], ...arriving]
      const olderBatches = 1 + more
      await client.query(emptyTables)
      const fresh = writer(ledger, 2)
      for (const batch of batches) await fresh(batch)
      const expected = await dump(client)

      await client.query(emptyTables)
      applyRules('older')
      const before = writer(ledger, 1)
      for (const batch of batches.slice(0, olderBatches)) await before(batch)
      applyRules('present')
      const after = writer(ledger, 2, most)
      const write = async () => {
        for (const batch of batches.slice(olderBatches)) {
          await retryLocks(() => after(batch))
          expect(await brokenSums(client)).toEqual([])
        }
      }
      const resettleOnce = async () => {
        const { changedRuns } = await resettleAll(ledger, 2, { most })
        changed += changedRuns
      }
      await (atOnce ? Promise.all([write(), resettleOnce(), resettleOnce()]) : write())
      await resettleOnce()
      expect(await brokenSums(client)).toEqual([])
      expect(await dump(client)).toBe(expected)
      expect(await resettleAll(ledger, 2)).toMatchObject({ runs: 0 })
      await resettleAll(ledger, 2, { all: true, most })
      expect(await brokenSums(client)).toEqual([])
      expect(await dump(client)).toBe(expected)
    }),
    // to shrink a set of facts takes hours with a database
    { numRuns: runs, endOnFailure: true },
  )
  expect(changed).toBeGreaterThan(0)
})

const other = callFacts(3, { workflow_id: 'wf' })
const elsewhere = callFacts(4, { workflow_id: 'wf-4' })

async function tokensOf({ client }: TestLedger): Promise<Record<string, number>> {
  const { rows } = await client.query<{ workflow_id: string; total_tokens: number }>(
    'select workflow_id, total_tokens from task_executions',
  )
  return Object.fromEntries(rows.map((row) => [row.workflow_id, row.total_tokens]))
}

async function writtenByOlderRules(ledger: TestLedger, facts: readonly Facts[]): Promise<void> {
  applyRules('older')
  await writer(ledger, 1)(facts)
  applyRules('present')
}

test('a span that arrives heals its run, and no other one', async () => {
  await using ledger = await freshLedger()
  const wrong = { ...agent, id: 'a'.repeat(16), trace: 'd'.repeat(32), workflowId: 'wf-4' }
  const below = { ...call, id: 'b'.repeat(16), trace: wrong.trace, parent: wrong.id, workflowId: 'wf-4' }
  await writtenByOlderRules(ledger, [agent, call, other, wrong, below])
  expect(await tokensOf(ledger)).toEqual({ wf: 45, 'wf-4': 30 })
  await writer(ledger, 2)([callFacts(5, { workflow_id: 'wf' }, { traceId, parentSpanId: agent.id })])
  expect(await tokensOf(ledger)).toEqual({ wf: 45, 'wf-4': 30 })
  expect(await brokenSums(ledger.client)).toEqual([])
  const { rows } = await ledger.client.query(
    'select rules, count(*)::int as n from spanledger.traces group by 1 order by 1',
  )
  expect(rows).toEqual([
    { rules: 1, n: 1 },
    { rules: 2, n: 2 },
  ])
})

test('says what has changed', async () => {
  await using ledger = await freshLedger()
  await writtenByOlderRules(ledger, [agent, call, other, elsewhere])
  const changes = await resettleAll(ledger, 2)
  expect(changes).toMatchObject({
    runs: 2,
    changedRuns: 1,
    tables: {
      task_executions: { added: 0, changed: 1, removed: 0 },
      token_usage: { added: 0, changed: expect.any(Number), removed: 1 },
      tool_executions: { added: 0, changed: 0, removed: 0 },
    },
    before: { tasks: 2, tokens: 60 },
    after: { tasks: 2, tokens: 45 },
  })
  expect(changes.before.costNano - changes.after.costNano).toBe(1_234_567n)
})

test('settles only what was written since a month, and with `all` what is as it should be, too', async () => {
  await using ledger = await freshLedger()
  await writtenByOlderRules(ledger, [agent, call, elsewhere])
  const next = new Date()
  next.setUTCMonth(next.getUTCMonth() + 2)
  const since = next.toISOString().slice(0, 10)
  await ledger.client.query("update spanledger.traces set last_month = '2020-01-01'")
  expect(await resettleAll(ledger, 2, { since })).toMatchObject({ runs: 0 })
  expect(await resettleAll(ledger, 2, { since: '2020-01-31' })).toMatchObject({ runs: 2, changedRuns: 1 })
  await ledger.client.query("update token_usage set model = 'other' where workflow_id = 'wf-4'")
  expect(await resettleAll(ledger, 2)).toMatchObject({ runs: 0 })
  expect(await resettleAll(ledger, 2, { all: true })).toMatchObject({
    runs: 2,
    changedRuns: 1,
    tables: { token_usage: { added: 0, changed: 1, removed: 0 } },
  })
})

test('rows that retention has removed stay away', async () => {
  await using ledger = await freshLedger()
  await writtenByOlderRules(ledger, [agent, call, other])
  await ledger.client.query("insert into spanledger.pruned values ('event_logs', timestamptz '2100-01-01')")
  await ledger.client.query('delete from event_logs')
  const { tables } = await resettleAll(ledger, 2)
  expect(tables.token_usage.removed).toBe(1)
  expect(tables.event_logs).toEqual({ added: 0, changed: 0, removed: 0 })
})

test('with `all`, a run of several traces is settled once', async () => {
  await using ledger = await freshLedger()
  const calls = Array.from({ length: 5 }, (_, i) => callFacts(10 + i, { workflow_id: 'wf' }))
  await writer(ledger, 2)([...calls, elsewhere])
  const perTransaction: number[] = []
  const options = { database: ledger.database, price, toJson: JSON.stringify, rules: 2 }
  await resettle(options, { since: null, all: true }, ({ runs: sofar }) => perTransaction.push(sofar))
  expect(perTransaction).toEqual([1, 2])
})

test('settles a run of many traces a part in each transaction, sums right after each, and goes on where it was killed', async () => {
  await using ledger = await freshLedger()
  const client = clientOf(ledger.database)
  const facts = Array.from({ length: 300 }, (_, i) => {
    const trace = { traceId: (i + 1).toString(16).padStart(32, '0') }
    const [first, second] = [2 * i + 10, 2 * i + 11]
    const above = spanFacts(first, agentAttributes, trace)
    return [above, callFacts(second, { workflow_id: 'wf' }, { ...trace, parentSpanId: above.id })]
  }).flat()
  await writer(ledger, 2)(facts)
  const expected = await dump(client)
  await client.query(emptyTables)
  await writtenByOlderRules(ledger, facts)
  const messages = "select string_agg(message, ',' order by id) as texts from event_logs where type <> 'task.started'"
  const texts = (await client.query(messages)).rows
  // older rules took the run for a failed one
  await client.query(
    `insert into event_logs (id, workflow_id, task_id, type, message, payload, timestamp, seq)
     select $1, workflow_id, task_id, 'task.failed', '', '{}', timestamp, 1000000 from event_logs where type = 'task.started'`,
    [namedId('task.failed', taskId('wf'))],
  )

  const options = { database: ledger.database, price, toJson: JSON.stringify, rules: 2, mostResettledTraces: 100 }
  const left = async () => {
    const { rows } = await client.query<{ n: number }>(
      'select count(*)::int as n from spanledger.traces where rules = 1',
    )
    return rows[0]!.n
  }
  const killed = resettle(options, { since: null, all: false }, () => {
    throw new Error('killed')
  })
  await expect(killed).rejects.toThrow('killed')
  expect(await left()).toBe(200)
  expect(await brokenSums(client)).toEqual([])
  expect(await tokensOf(ledger)).toEqual({ wf: 200 * 30 + 100 * 15 })

  const parts: number[] = []
  const changes = await resettle(options, { since: null, all: false }, ({ tables }) =>
    parts.push(tables.token_usage.removed),
  )
  expect(parts).toEqual([100, 200])
  expect(changes).toMatchObject({
    runs: 1,
    changedRuns: 1,
    before: { tasks: 1, tokens: 200 * 30 + 100 * 15 },
    after: { tasks: 1, tokens: 300 * 15 },
  })
  expect(await left()).toBe(0)
  expect(await brokenSums(client)).toEqual([])
  expect((await client.query(messages)).rows).toEqual(texts)
  expect(await dump(client)).toBe(expected)
})

test('a trace of older rules that a span takes to another run takes its reports along', async () => {
  await using ledger = await freshLedger()
  const traceId = 'd'.repeat(32)
  const [earlier, later] = ['wf-earlier', 'wf-later'].map((id, i) => {
    const startTimeUnixNano = agent.startNs + BigInt(i)
    return spanFacts(20 + i, { workflow_id: id }, { traceId, startTimeUnixNano })
  })
  const { usage, ...unnamed } = callFacts(22, { workflow_id: '' }, { traceId, parentSpanId: '9'.repeat(16) })
  // the run decides whether such a call is billed, and the first span that names a run says which one it is
  await writtenByOlderRules(ledger, [later!, { ...unnamed, usage: { ...usage!, elsewhere: true } }])
  await writer(ledger, 2, 1)([earlier!])
  expect(await brokenSums(clientOf(ledger.database))).toEqual([])
  expect(await tokensOf(ledger)).toEqual({ 'wf-earlier': 15, 'wf-later': 0 })
})

test('a run of older rules is forgotten whole', async () => {
  await using ledger = await freshLedger()
  await writtenByOlderRules(ledger, [agent, call, other])
  await ledger.client.query('update spanledger.traces set rules = 0')
  const key = await ensureTombstoneKey(ledger.database)
  await forgetRun({ database: ledger.database, price, toJson: JSON.stringify, key }, 'wf')
  expect(await dumpLedger(ledger.client)).toBe('\n')
})
