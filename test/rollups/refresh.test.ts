import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readOnly } from '../../src/queries/read-only.ts'
import { costDimensions } from '../../src/queries/sums/cost-dimensions.ts'
import { sumCalls, sumUncounted } from '../../src/queries/sums/sum-calls.ts'
import { findChangedHours, refreshRollups } from '../../src/rollups/refresh.ts'
import { clientOf } from '../support/embedded.ts'
import { brokenSums } from '../support/laws.ts'
import { databases, freshPlace, type Place } from '../support/places.ts'
import { emptyTables } from '../support/play-receivers.ts'

const hourMs = 3_600_000
/** In the middle of an hour. */
const nowMs = Date.parse('2026-11-20T10:20:00Z')
const zones = ['UTC', 'Asia/Kolkata', 'America/New_York']

/** 1,500 calls of the four days before, some of each hour, in as many runs, of which some have calls without usage. */
const calls = `
  insert into users (id, external_id) select ('00000000-0000-8000-8000-' || lpad(n::text, 12, '0'))::uuid, 'user-' || n from generate_series(1, 5) as n;
  insert into task_executions (id, workflow_id, query, status, mode, started_at, created_at, metadata)
    select md5('task' || n)::uuid, 'wf-' || n, '', 'COMPLETED', (array['A', 'B', null])[n % 3 + 1], at, at,
      case when n % 7 = 0 then jsonb_build_object('uncounted_models', jsonb_build_object('m' || n % 2, jsonb_build_object('calls', n % 3 + 1))) else '{}' end
    from generate_series(1, 1500) as n, lateral (select timestamptz '2026-11-20T10:19:00Z' - n * interval '233 seconds' as at) t;
  insert into token_usage (id, task_id, user_id, tenant_id, provider, model, service_tier, agent_id, prompt_tokens, completion_tokens,
      total_tokens, cache_read_tokens, reasoning_tokens, cost_usd, cost_nano_usd, created_at, unpriced)
    select md5('call' || n)::uuid, md5('task' || n)::uuid,
      case when n % 6 > 0 then ('00000000-0000-8000-8000-' || lpad((n % 6)::text, 12, '0'))::uuid end,
      case when n % 4 = 0 then md5('tenant')::uuid end, 'p' || n % 2, 'm' || n % 5, (array['flex', null])[n % 2 + 1], (array['a', 'b', null])[n % 3 + 1],
      n, n % 10, n + n % 10, n % 3, case when n % 2 = 0 then 1 end, 0, 1000 + n, t.started_at, n % 9 = 0
    from generate_series(1, 1500) as n join task_executions t on t.workflow_id = 'wf-' || n`

const opened = new Map<string, { place: Place; database: Awaited<ReturnType<Place['open']>>; client: pg.Client }>()

beforeAll(async () => {
  for (const name of databases) {
    const place = await freshPlace(name)
    const database = await place.open()
    opened.set(name, { place, database, client: clientOf(database) })
  }
})

afterAll(async () => {
  for (const { place, database } of opened.values()) {
    await database[Symbol.asyncDispose]()
    await place[Symbol.asyncDispose]()
  }
})

beforeEach(async () => {
  for (const { client } of opened.values()) {
    await client.query(emptyTables)
    await client.query(calls)
  }
})

type Times = readonly [sinceMs: number, untilMs: number]

const wholeDays: Times = [Date.parse('2026-11-18T00:00:00Z'), Date.parse('2026-11-20T00:00:00Z')]
const everything: Times = [0, Date.parse('2030-01-01T00:00:00Z')]
/** Hours and days that are not whole. */
const broken: readonly Times[] = [
  [nowMs - 3 * 24 * hourMs, nowMs],
  [Date.parse('2026-11-18T03:30:00Z'), Date.parse('2026-11-19T09:00:00Z')],
]

/** What is answered about periods, sorted. */
async function answers(name: string, periods: readonly Times[], timeZones = zones): Promise<readonly unknown[]> {
  const { database } = opened.get(name)!
  return readOnly(database, async (session) => {
    const all: unknown[] = []
    for (const [sinceMs, untilMs] of periods) {
      for (const by of costDimensions)
        for (const timeZone of by === 'day' || by === 'user' ? timeZones : ['UTC']) {
          const sums = await sumCalls(session, by, { sinceMs, untilMs, timeZone, isByDay: all.length % 2 === 1 })
          const sorted = sums.map((sum) => JSON.stringify(sum, Object.keys(sum).sort())).sort()
          all.push({ by, sinceMs, untilMs, timeZone, sorted })
        }
      all.push(await sumUncounted(session, { sinceMs, untilMs }))
    }
    return all
  })
}

test.each(databases)('on %s the sums of hours come to what their rows come to', async (name) => {
  const { database, client } = opened.get(name)!
  const periods = [...broken, wholeDays, everything]
  const fromRows = await answers(name, periods)
  expect(JSON.stringify(fromRows)).toContain('"m4')
  await refreshRollups(database, nowMs)
  expect(
    await brokenSums(client).then((broken) => broken.filter((one) => /sums of/.test(JSON.stringify(one)))),
  ).toEqual([])
  const { rows } = await client.query('select distinct dimension from usage_rollups order by 1')
  expect(rows.map(({ dimension }) => dimension)).toEqual([
    'agent',
    'mode',
    'model',
    'provider',
    'service-tier',
    'tenant',
    'uncounted',
    'user',
  ])
  expect(await answers(name, periods)).toEqual(fromRows)
})

test.each(databases)(
  'on %s an hour that has changed is read from its rows, until it is summed up again',
  async (name) => {
    const { database, client } = opened.get(name)!
    await refreshRollups(database, nowMs)
    await client.query(`
    update token_usage set cost_nano_usd = 1, agent_id = 'c' where created_at >= '2026-11-18T05:00:00Z' and created_at < '2026-11-18T06:00:00Z';
    insert into rollup_invalidations (kind, hour) values ('calls', '2026-11-18T05:00:00Z'), ('calls', '2026-11-18T05:00:00Z')`)
    const changed = await answers(name, broken)
    await client.query('delete from usage_rollup_state')
    expect(changed).toEqual(await answers(name, broken))
    await refreshRollups(database, nowMs)
    const { rows } = await client.query('select count(*)::int as count from rollup_invalidations')
    expect(rows[0].count).toBe(0)
    expect(await answers(name, broken)).toEqual(changed)
  },
)

test.each(databases)('on %s the sums of an hour outlive its rows, and are what reports are made of', async (name) => {
  const { database, client } = opened.get(name)!
  await refreshRollups(database, nowMs)
  const periods = [wholeDays, everything]
  const before = await answers(name, periods, ['UTC'])
  await client.query(`
    insert into pruned (name, before) values ('token_usage', '2026-11-19T00:00:00Z'), ('task_executions', '2026-11-19T00:00:00Z');
    delete from token_usage where created_at < '2026-11-19T00:00:00Z';
    delete from task_executions where started_at < '2026-11-19T00:00:00Z';
    insert into rollup_invalidations (kind, hour) select kind, '2026-11-18T05:00:00Z' from unnest(array['calls', 'runs']) as a (kind)`)
  await findChangedHours(database)
  await refreshRollups(database, nowMs + 24 * hourMs)
  expect(await answers(name, periods, ['UTC'])).toEqual(before)
})

test.each(databases)('on %s what another program has changed in the last days is found', async (name) => {
  const { database, client } = opened.get(name)!
  await refreshRollups(database, nowMs)
  await client.query(
    "delete from token_usage where created_at >= '2026-11-19T05:00:00Z' and created_at < '2026-11-19T05:30:00Z'",
  )
  await findChangedHours(database)
  const { rows } = await client.query('select kind, hour from rollup_invalidations')
  expect(rows).toEqual([{ kind: 'calls', hour: new Date('2026-11-19T05:00:00Z') }])
  await refreshRollups(database, nowMs)
  expect(
    await brokenSums(client).then((broken) => broken.filter((one) => /sums of/.test(JSON.stringify(one)))),
  ).toEqual([])
})
