import type pg from 'pg'
import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { addMonths, monthOf } from '../../../src/store/partitions/months.ts'
import { readPartitions } from '../../../src/store/partitions/table-layout.ts'
import { migrate } from '../../../src/store/tables/migrate.ts'
import { forgetRun } from '../../../src/transaction/forget/forget-run.ts'
import { ensureTombstoneKey } from '../../../src/transaction/ledger/tombstones.ts'
import { openTraceCache } from '../../../src/transaction/ledger/trace-cache.ts'
import { listExpiredRows, removeExpiredRows } from '../../../src/transaction/retention/expired-rows.ts'
import { callFacts } from '../../support/facts.ts'
import { freshLedger, openTestDatabase } from '../../support/fresh-ledger.ts'
import { makePlatform } from '../../support/platform.ts'
import { connect, emptyDatabase } from '../../support/postgres.ts'
import { noPrice } from '../../support/prices.ts'
import { openTestWriter } from '../../support/writer.ts'

const current = monthOf(new Date())
/** So many days ago is in the month before the current one, so that all earlier months are older. */
const days = new Date().getUTCDate() + 5
const notArchived = { archiveFolder: null }
const retention = {
  task_executions: days,
  event_logs: days,
  token_usage: days,
  tool_executions: days,
  agent_executions: days,
  ledger: days,
}

/** A model call in the middle of a month. */
function callIn(number: number, months: number, attributes: Readonly<Record<string, string>> = {}): Facts {
  const start = BigInt(Date.parse(`${addMonths(current, months)}-15T12:00:00Z`)) * 1_000_000n
  const times = { startTimeUnixNano: start, endTimeUnixNano: start + 1_000_000_000n }
  return callFacts(number, { 'user.id': 'ada', ...attributes }, times)
}

/** Dates what is remembered back, as if it had arrived in an earlier month. */
async function arrivedIn(client: pg.Client, months: number, traces?: readonly string[]): Promise<void> {
  const which = traces === undefined ? '' : ` and trace = any ('{${traces.join()}}')`
  const month = `${addMonths(current, months)}-01`
  await client.query(`update spanledger.ledger set epoch = '${month}' where epoch <> '${month}'${which}`)
  await client.query(`update spanledger.traces set epoch = '${month}', last_month = '${month}' where true${which}`)
}

async function countsOf(client: pg.Client): Promise<Record<string, number>> {
  const { rows } = await client.query(
    `select (select count(*)::int from task_executions) as tasks, (select count(*)::int from token_usage) as calls,
       (select sum(total_tasks)::int from usage_daily_aggregates) as in_days,
       (select sum(total_tokens)::int from usage_daily_aggregates) as tokens,
       (select count(*)::int from spanledger.ledger) as entries, (select count(*)::int from spanledger.traces) as traces,
       (select count(*)::int from spanledger.workflows) as workflows, (select count(*)::int from spanledger.shares) as shares,
       (select count(*)::int from spanledger.call_ids) as ids`,
  )
  return rows[0]
}

test('a trace goes with all that is remembered of it, its days stay, and what comes late is refused alone', async () => {
  await using ledger = await freshLedger()
  const { client, database } = ledger
  const cache = openTraceCache(100_000)
  const write = openTestWriter(database, { traceCache: cache })
  const old = callIn(1, -9, { 'gen_ai.response.id': 'chatcmpl-Bx7Kq2mWvR9sTn4YdE1fGh' })
  await write([old, callIn(2, 0)])
  await arrivedIn(client, -9, [old.trace])
  const expired = await listExpiredRows(database, retention)
  expect(expired.filter(({ table, rows }) => table === 'ledger' && rows > 0)).toMatchObject([
    { partition: 'ledger_past', rows: 1 },
  ])
  await removeExpiredRows(database, retention, notArchived)
  expect(await countsOf(client)).toEqual({
    ...{ tasks: 1, calls: 1, in_days: 2, tokens: 30 },
    ...{ entries: 1, traces: 1, workflows: 1, shares: 0, ids: 0 },
  })
  const late = callIn(3, -9)
  expect(await write([old, callIn(4, 0), late])).toEqual(['too-old', 'committed', 'too-old'])
  expect(await openTestWriter(database)([old, callIn(2, 0)])).toEqual(['too-old', 'duplicate'])
  expect(await countsOf(client)).toMatchObject({ tasks: 2, calls: 2, in_days: 3, tokens: 45, traces: 2, workflows: 2 })
})

test('the months of the ledger are dropped', async () => {
  await using ledger = await freshLedger()
  const { client, database } = ledger
  await openTestWriter(database)([callIn(1, -1)])
  const first = addMonths(current, -1)
  await arrivedIn(client, -1)
  await removeExpiredRows(database, { ...retention, ledger: days }, notArchived)
  expect(await countsOf(client)).toMatchObject({ traces: 1, entries: 1 })
  const all = Object.fromEntries(Object.keys(retention).map((name) => [name, 1]))
  const isOver = new Date(Date.now() - 86_400_000).toISOString().slice(0, 7) > first
  await removeExpiredRows(database, all, notArchived)
  const parts = await database.transaction((session) => readPartitions(session, 'ledger'))
  expect(parts.some(({ from }) => from === first)).toBe(!isOver)
  for (const [i, { from }] of parts.entries()) expect(from).toBe(i === 0 ? null : parts[i - 1]!.to)
  expect(await countsOf(client)).toMatchObject({ traces: isOver ? 0 : 1, entries: isOver ? 0 : 1 })
})

test('a trace that was written since moves to this month, whole, and goes on', async () => {
  await using ledger = await freshLedger()
  const { client, database } = ledger
  const cache = openTraceCache(100_000)
  const write = openTestWriter(database, { traceCache: cache })
  const traceId = 'f'.repeat(32)
  const inTrace = (number: number) => ({ ...callIn(number, -9), trace: traceId })
  await write([inTrace(1)])
  await arrivedIn(client, -9)
  await openTestWriter(database)([inTrace(2)])
  await removeExpiredRows(database, retention, notArchived)
  const { rows } = await client.query(
    'select distinct l.epoch::text, t.epoch::text as trace_epoch, count(*) over ()::int as n from spanledger.ledger l join spanledger.traces t using (trace)',
  )
  expect(rows).toEqual([{ epoch: `${current}-01`, trace_epoch: `${current}-01`, n: 2 }])
  // the copy in memory is of before the move
  expect(await write([inTrace(1), inTrace(2), inTrace(3)])).toEqual(['duplicate', 'duplicate', 'committed'])
  expect(await countsOf(client)).toMatchObject({ entries: 3, traces: 1 })
})

test('a copy in memory of a trace that is removed is not taken for the trace of that id that begins later', async () => {
  await using ledger = await freshLedger()
  const { client, database } = ledger
  const inTrace = (number: number, months: number): Facts => ({
    ...callIn(number, months, { workflow_id: 'wf' }),
    trace: 'f'.repeat(32),
    parent: '00000000000000aa',
  })
  const write = openTestWriter(database, { traceCache: openTraceCache(100_000) })
  await write([inTrace(1, -9)])
  await arrivedIn(client, -9)
  // the copy in memory has the epoch that the trace has by now
  await write([inTrace(1, -9)])
  await arrivedIn(client, -9)
  await removeExpiredRows(database, retention, notArchived)
  expect(await countsOf(client)).toMatchObject({ traces: 0 })
  const other = openTestWriter(database)
  for (const number of [2, 3]) expect(await other([inTrace(number, 0)])).toEqual(['committed'])
  expect(await write([inTrace(1, -9), inTrace(2, 0), inTrace(4, 0)])).toEqual(['too-old', 'duplicate', 'committed'])
  const { rows } = await client.query("select state::jsonb #>> '{sums,prompt}' as prompt from spanledger.workflows")
  expect(rows).toEqual([{ prompt: '30' }])
})

test('a run with other traces keeps its sums and its day, also when it is written again, and can be forgotten', async () => {
  await using ledger = await freshLedger()
  const { client, database } = ledger
  const write = openTestWriter(database)
  const run = { workflow_id: 'wf' }
  const [one, two, three] = [callIn(1, -9, run), callIn(2, -9, run), callIn(3, 0, run)]
  await write([one, two, three])
  await arrivedIn(client, -9, [one.trace, two.trace])
  await removeExpiredRows(database, retention, notArchived)
  expect(await countsOf(client)).toMatchObject({
    traces: 1,
    entries: 1,
    workflows: 1,
    shares: 1,
    in_days: 1,
    tokens: 45,
  })
  const same = { ...one, trace: three.trace, workflowId: 'wf' }
  expect(await write([one, { ...same, startNs: three.startNs, endNs: three.endNs }])).toEqual(['too-old', 'committed'])
  expect(await countsOf(client)).toMatchObject({ in_days: 1, tokens: 60 })
  const { rows } = await client.query("select state::jsonb #>> '{sums,prompt}' as prompt from spanledger.workflows")
  expect(rows).toEqual([{ prompt: '40' }])
  // all traces of the run are settled into it again
  await client.query("delete from token_usage where workflow_id = 'wf'")
  await write([{ ...callIn(4, 0, run), trace: three.trace }])
  expect(await countsOf(client)).toMatchObject({ in_days: 1, tokens: 75 })
  const key = await ensureTombstoneKey(database)
  await forgetRun({ database, price: noPrice, toJson: JSON.stringify, key }, 'wf')
  expect(await countsOf(client)).toMatchObject({ traces: 0, workflows: 0, in_days: null, tokens: null })
})

test('traces that report one call stay as long as one of them is written', async () => {
  await using ledger = await freshLedger()
  const { client, database } = ledger
  const write = openTestWriter(database)
  const id = { 'gen_ai.response.id': 'chatcmpl-Bx7Kq2mWvR9sTn4YdE1fGh' }
  const [app, gateway, other] = [callIn(1, -9, id), callIn(2, -9, id), callIn(3, -9)]
  await write([app, gateway, other])
  const before = await countsOf(client)
  expect(before).toMatchObject({ calls: 2 })
  await arrivedIn(client, -9, [app.trace, other.trace])
  await removeExpiredRows(database, retention, notArchived)
  expect(await countsOf(client)).toMatchObject({ traces: 2, ids: 1, in_days: before.in_days, tokens: before.tokens })
  expect(await write([app, gateway, other])).toEqual(['duplicate', 'duplicate', 'too-old'])
  await arrivedIn(client, -9)
  await removeExpiredRows(database, retention, notArchived)
  expect(await countsOf(client)).toMatchObject({ traces: 0, ids: 0, in_days: before.in_days, tokens: before.tokens })
  // the same id in a new call of this month is a call of its own
  expect(await write([callIn(5, 0, id)])).toEqual(['committed'])
  expect(await countsOf(client)).toMatchObject({ traces: 1, calls: 1 })
})

test('a receiver that waits for a trace which is removed refuses what it has of that trace', async () => {
  await using ledger = await freshLedger()
  const { client, database } = ledger
  const old = callIn(1, -9)
  await openTestWriter(database)([old])
  await arrivedIn(client, -9)
  await using pruner = await connect(ledger.url)
  await pruner.query(`begin; select from spanledger.traces for update`)
  const waiting = openTestWriter(database)([old, callIn(2, 0)])
  await expect
    .poll(async () => (await client.query("select from pg_stat_activity where wait_event_type = 'Lock'")).rows.length)
    .toBeGreaterThan(0)
  await client.query("insert into spanledger.pruned values ('ledger', date_trunc('month', now()))")
  await pruner.query('delete from spanledger.traces; delete from spanledger.ledger; commit')
  expect(await waiting).toEqual(['too-old', 'committed'])
  expect(await countsOf(client)).toMatchObject({ traces: 1, entries: 1 })
})

test('without partitions the entries are deleted one by one', async () => {
  await using empty = await emptyDatabase()
  await using database = openTestDatabase(empty.url)
  await using client = await connect(empty.url)
  await makePlatform(client, 'newer')
  await migrate(database)
  const [old, recent] = [callIn(1, -9), callIn(2, 0)]
  await openTestWriter(database)([old, recent])
  const kept = await countsOf(client)
  await arrivedIn(client, -9, [old.trace])
  expect((await listExpiredRows(database, retention)).filter(({ table }) => table === 'ledger')).toMatchObject([
    { partition: null, rows: 1 },
  ])
  await removeExpiredRows(database, retention, notArchived)
  expect(await countsOf(client)).toMatchObject({
    traces: 1,
    entries: 1,
    workflows: 1,
    in_days: kept.in_days,
    tokens: kept.tokens,
  })
  expect(await openTestWriter(database)([old])).toEqual(['too-old'])
})
