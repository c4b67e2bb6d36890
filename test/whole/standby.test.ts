import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { openGate } from '../support/gate.ts'
import { brokenSums } from '../support/laws.ts'
import { dumpLedger } from '../support/ledger.ts'
import { newSpanId, newTraceId, type SpanSketch, smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase, startPostgres, startStandby } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import type { OtlpRequest } from '../support/recordings.ts'
import { send, sendAll } from '../support/send.ts'

const count = 100
const impatient = { SPANLEDGER_ANSWER_TIMEOUT_MS: '1000', SPANLEDGER_BEGIN_WITHIN_MS: '500' }
const requests = Array.from({ length: count }, (_, i) => tracesRequest(smallRun(`wf-${i}`)))

/** The address of a server at another port: that of a gate, which stands for a name that moves to another server. */
function at(url: string, port: number): string {
  return Object.assign(new URL(url), { port: String(port) }).href
}

async function tasksIn(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ tasks: number }>(
    "select count(*)::int as tasks from task_executions where status = 'COMPLETED'",
  )
  return rows[0]!.tasks
}

/** Sends runs one after the other, four at a time, until none is answered any more; returns those that were acknowledged. */
async function acknowledged(baseUrl: string, onSent: (sent: number) => void): Promise<Set<string>> {
  const ids = new Set<string>()
  const waiting = requests.entries()
  const worker = async () => {
    for (const [i, request] of waiting) {
      const { status } = await send(request, baseUrl)
      if (status !== 200) return
      ids.add(`wf-${i}`)
      onSent(ids.size)
    }
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  return ids
}

/** Those of these runs that a database doesn't have. */
async function missingIn(url: string, ids: ReadonlySet<string>): Promise<string[]> {
  await using client = await connect(url)
  const { rows } = await client.query<{ workflow_id: string }>('select workflow_id from task_executions')
  const there = new Set(rows.map(({ workflow_id: id }) => id))
  return [...ids].filter((id) => !there.has(id))
}

/** Waits until a standby has what its primary has. */
async function caughtUp(primary: pg.Client, standby: pg.Client): Promise<void> {
  const { rows } = await primary.query<{ lsn: string }>('select pg_current_wal_flush_lsn()::text as lsn')
  const behind = async () =>
    (await standby.query<{ there: boolean }>('select pg_last_wal_replay_lsn() >= $1::pg_lsn as there', [rows[0]!.lsn]))
      .rows[0]!.there
  await expect.poll(behind, { interval: 20 }).toBe(true)
}

/** The ledger that these requests give when nothing goes wrong. */
async function ledgerOf(sent: readonly OtlpRequest[]): Promise<string> {
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  await using client = await connect(database.url)
  await sendAll(sent, [receiver.http])
  return await dumpLedger(client)
}

test('readers ask a standby; when it is promoted, receivers go on, and what is sent again is whole', async () => {
  await using primary = await startPostgres()
  await using standby = await startStandby(primary)
  await using name = await openGate()
  name.leadTo(primary.port)
  await using one = await openTestReceiver(at(primary.url, name.port), impatient)
  await using two = await openTestReceiver(at(primary.url, name.port), impatient)
  const receivers = [one.http, two.http]
  const half = requests.slice(0, count / 2)
  expect(await sendAll(half, receivers, { parallel: 4 })).toMatchObject({ ok: count / 2, failed: [] })

  await using reader = await connect(standby.url)
  {
    await using source = await connect(primary.url)
    await caughtUp(source, reader)
    expect(await tasksIn(reader)).toBe(count / 2)
    expect(await dumpLedger(reader)).toBe(await dumpLedger(source))
    expect(await brokenSums(reader)).toEqual([])
  }
  await expect(reader.query('delete from task_executions')).rejects.toThrow('read-only')

  // the primary dies while spans arrive; its name means the standby from then on
  const sending = sendAll(requests, receivers, { parallel: 4 })
  await primary.kill()
  name.refuse()
  await pause(200)
  await standby.promote()
  name.leadTo(standby.port)
  expect(await sending).toMatchObject({ ok: count, failed: [], rejected: 0 })
  expect(await sendAll(requests, receivers, { parallel: 4 })).toMatchObject({ ok: count, failed: [], rejected: 0 })
  expect(await tasksIn(reader)).toBe(count)
  expect(await brokenSums(reader)).toEqual([])
  expect(await dumpLedger(reader)).toBe(await ledgerOf(requests))
})

test('what asynchronous replication loses is forgotten by receivers too: traces in their memory are read again', async () => {
  await using primary = await startPostgres()
  await using standby = await startStandby(primary)
  await using name = await openGate()
  name.leadTo(primary.port)
  await using one = await openTestReceiver(at(primary.url, name.port))
  await using two = await openTestReceiver(at(primary.url, name.port))
  // a trace that stays in memory, since its root has not come
  const traceId = newTraceId()
  const parentSpanId = newSpanId()
  const [, call] = smallRun('wf') as [SpanSketch, SpanSketch]
  const calls = Array.from({ length: 6 }, () => ({ ...call, traceId, parentSpanId, spanId: newSpanId() }))
  const post = async (receiver: { readonly http: string }, span: SpanSketch) =>
    expect((await send(tracesRequest([span]), receiver.http)).status).toBe(200)
  await post(one, calls[0]!)
  await post(two, calls[1]!)
  {
    await using source = await connect(primary.url)
    await using reader = await connect(standby.url)
    await caughtUp(source, reader)
  }
  await standby.stop()
  await post(one, calls[2]!)

  await primary.kill()
  name.cut()
  await standby.restart()
  await standby.promote()
  name.leadTo(standby.port)
  // as many writes as were lost, and one more: versions of the trace are counted as before
  await post(two, calls[3]!)
  await post(one, calls[4]!)
  // what was lost is sent again, to the receiver that remembers it
  await post(one, calls[2]!)
  await post(two, calls[5]!)
  await using client = await connect(standby.url)
  expect(await brokenSums(client)).toEqual([])
  expect(await dumpLedger(client)).toBe(await ledgerOf(calls.map((span) => tracesRequest([span]))))
})

test('with synchronous replication a promoted standby has all that was acknowledged', async () => {
  await using primary = await startPostgres()
  await using standby = await startStandby(primary)
  {
    await using client = await connect(primary.url)
    await client.query("alter system set synchronous_standby_names = '*'")
    await client.query('select pg_reload_conf()')
    const isSynchronous = 'select sync_state from pg_stat_replication'
    await expect.poll(async () => (await client.query(isSynchronous)).rows).toEqual([{ sync_state: 'sync' }])
  }
  await using receiver = await openTestReceiver(primary.url, impatient)
  const ids = await acknowledged(receiver.http, (sent) => {
    if (sent === count / 2) void primary.kill()
  })
  expect(ids.size).toBeGreaterThanOrEqual(count / 2)
  await standby.promote()
  expect(await missingIn(standby.url, ids)).toEqual([])
})
