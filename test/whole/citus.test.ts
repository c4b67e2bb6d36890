import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { Unavailable } from '../../src/errors.ts'
import { handleRequest } from '../../src/receiver/handle-request.ts'
import { addMonths, monthOf } from '../../src/store/partitions/months.ts'
import { makeMonthsAhead } from '../../src/store/partitions/months-ahead.ts'
import { prune } from '../../src/store/partitions/retention.ts'
import { readPartitions } from '../../src/store/partitions/table-layout.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { databaseOf } from '../../src/store/tenants/tenant-servers.ts'
import { citusRestart, citusTenant, citusUrl, nodeOfTenant, restartNode } from '../support/citus.ts'
import { outcomeOf } from '../support/command.ts'
import { snippet } from '../support/documents.ts'
import { freshFolder } from '../support/embedded.ts'
import { openTestDatabase } from '../support/fresh-ledger.ts'
import { brokenSums } from '../support/laws.ts'
import { dumpLedger } from '../support/ledger.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { type OtlpRequest, recordingNames, requestsOf } from '../support/recordings.ts'
import { piecesOf, rearrange } from '../support/replay.ts'
import { openTenantPipeline, sendTo, type TenantPipeline, urlIn } from '../support/tenants.ts'
import { verifyRecordings } from '../support/verify.ts'
import { holdLaws } from '../transaction/hold-laws.ts'

const leftOut = citusUrl === null ? ' (left out: CITUS_URL names no Citus)' : ''
/** All of them with CITUS_RECORDINGS=all. */
const names =
  process.env.CITUS_RECORDINGS === 'all'
    ? recordingNames()
    : [...recordingNames('hand-', 'py-litellm-'), 'claude-code-http', 'temporal-go-deploy']

/** The seed's queries, and those of docs/tables.md. */
function queriesOf(workflow: string, user: string): string[] {
  const file = path.join(import.meta.dirname, '..', 'support', 'platform', 'queries.sql')
  const ofSeed = readFileSync(file, 'utf8').split('\n\n').slice(1)
  const ofTables = [
    'months',
    'users',
    'services',
    'caching',
    'doubts',
    'running',
    'failures',
    'tools',
    'steps',
    'balance',
  ]
  return [
    ...ofSeed.map((sql) => sql.replace('$1', `'${sql.includes('user_id =') ? user : workflow}'`)),
    ...ofTables.map((name) => snippet(`query ${name}`).replaceAll(/:'workflow'/g, `'${workflow}'`)),
  ]
}

/** The rows of each query, one a line, sorted; what differs between databases is left out: users' ids, `seq`, the time. */
async function answersOf(client: pg.Client): Promise<Map<string, string[]>> {
  const one = async (sql: string) => Object.values((await client.query<Record<string, string>>(sql)).rows[0]!)[0]!
  const workflow = await one('select workflow_id from task_executions order by agents_used desc, workflow_id limit 1')
  const user = await one('select id from users order by external_id limit 1')
  const answers = new Map<string, string[]>()
  for (const sql of queriesOf(workflow, user)) {
    const { rows } = await client.query<Record<string, unknown>>(sql)
    const lines = rows.map(({ user_id: _, seq: __, silent_for: ___, ...row }) => JSON.stringify(row)).sort()
    answers.set(sql.replaceAll(user, 'user'), lines)
  }
  return answers
}

function toTenant(tenant: string, requests: readonly OtlpRequest[]) {
  return requests.map((request) => ({ tenant, request }))
}

describe.skipIf(citusUrl === null)(`a tenant that is distributed over Citus${leftOut}`, () => {
  test('has the rows that a tenant of PostgreSQL has, and every query gives the same', async () => {
    await using tenant = await citusTenant()
    await using other = await citusTenant()
    await using plain = await freshDatabase()
    const recent = tracesRequest([...smallRun('recent-1'), ...smallRun('recent-2')])
    const requests = [...rearrange(piecesOf(names), { seed: 1, duplicate: 0.3, variants: 0.2 }), recent]
    {
      await using one = await openTenantPipeline(citusUrl!, [])
      await using two = await openTenantPipeline(citusUrl!, [])
      await using reference = await openTenantPipeline(plain.url, ['acme'])
      const half = (turn: number, name: string) =>
        toTenant(
          name,
          requests.filter((_, i) => i % 2 === turn),
        )
      await Promise.all([
        sendTo(one, [...half(0, tenant.name), ...half(0, other.name)]),
        sendTo(two, [...half(1, tenant.name), ...half(1, other.name)]),
        sendTo(reference, toTenant('acme', requests)),
      ])
    }
    await using client = await connect(urlIn(citusUrl!, tenant.name))
    await using second = await connect(urlIn(citusUrl!, other.name))
    await using expected = await connect(urlIn(plain.url, 'acme'))
    expect(await brokenSums(client)).toEqual([])
    const ledger = await dumpLedger(expected)
    expect(await dumpLedger(client)).toBe(ledger)
    expect(await dumpLedger(second), 'law 8').toBe(ledger)
    for (const one of [client, expected]) await one.query("set timezone to 'UTC'")
    expect(await answersOf(client)).toEqual(await answersOf(expected))
    await client.query("delete from task_executions where workflow_id like 'recent-%'")
    expect(
      (await verifyRecordings(client, names)).filter(({ aspect }) => !/days|without its task/.test(aspect)),
    ).toEqual([])
  })

  test('holds laws 2, 3, 4 and 8: any order, any batches, duplicates, two tenants', async () => {
    await using one = await citusTenant()
    await using two = await citusTenant()
    await using database = openTestDatabase(citusUrl!)
    await holdLaws([database.forTenant(one.name), database.forTenant(two.name)], [0, 100_000])
  }, 3_600_000)

  test('may take long for a statement: its connection is not given up', async () => {
    await using tenant = await citusTenant()
    await using database = openTestDatabase(citusUrl!)
    const rows = await database
      .forTenant(tenant.name)
      .transaction((session) => session.query('select count(*) from traces, pg_sleep(5.5)'))
    expect(rows).toEqual([{ count: '0' }])
  })

  test('is made, upgraded, pruned, forgotten in and dropped by the commands', async () => {
    const tenant = await citusTenant()
    const settings = { DATABASE_URL: citusUrl! }
    const ok = async (...args: string[]) => {
      const { code, output } = await outcomeOf(args, settings)
      expect(code, output).toBe(0)
      return output
    }
    expect(await ok('tenant', 'add', tenant.name, '--distribute')).toContain('is on a node of Citus already')
    expect(await ok('tenant', 'list')).toContain(tenant.name)
    {
      await using pipeline = await openTenantPipeline(citusUrl!, [])
      await sendTo(pipeline, toTenant(tenant.name, requestsOf(names[0]!)))
      await sendTo(pipeline, toTenant(tenant.name, [tracesRequest(smallRun('wf-1')), tracesRequest(smallRun('wf-2'))]))
      const nameless = { ...smallRun('wf-3')[0]!, traceId: '00' }
      for (let times = 0; times < 2; times++)
        await handleRequest(pipeline.pipeline, { ...tracesRequest([nameless]), transport: 'http', tenant: tenant.name })
      const database = databaseOf(pipeline.servers, tenant.name)
      // as in the month after next
      await database.transaction(async (session) => {
        const future = (await readPartitions(session, 'event_logs')).at(-2)!
        await session.query(`drop table ${future.qualified}`)
        await session.query(`alter table event_logs detach partition event_logs_future`)
        await session.query(
          `alter table event_logs attach partition event_logs_future for values from ('${future.from}-01') to (maxvalue)`,
        )
      })
      expect(await makeMonthsAhead(database)).toEqual([expect.stringMatching(/^event_logs_\d{4}_\d\d$/)])
      await prune(database, { event_logs: 3, token_usage: 3 }, 3)
      expect(await migrate(database)).toEqual([])
    }
    expect(await ok('explain', '--tenant', tenant.name, 'wf-1')).toContain('wf-1')
    expect(await ok('refused', 'list', '--tenant', tenant.name)).toContain('span run')
    expect(await ok('forget', '--tenant', tenant.name, '--workflow', 'wf-1')).toContain('task_executions')
    await using client = await connect(urlIn(citusUrl!, tenant.name))
    const { rows } = await client.query("select workflow_id from task_executions where workflow_id in ('wf-1', 'wf-2')")
    expect(rows).toEqual([{ workflow_id: 'wf-2' }])
    expect(await ok('tenant', 'drop', tenant.name, '--yes')).toContain('is dropped')
  })

  test('is archived, settled again, and pruned of what is remembered, by the commands', async () => {
    await using tenant = await citusTenant()
    await using folder = await freshFolder()
    const months = (count: number) => `${addMonths(monthOf(new Date()), count)}-01`
    {
      await using pipeline = await openTenantPipeline(citusUrl!, [])
      const old = Date.parse(`${months(-9)}T12:00:00Z`)
      await sendTo(pipeline, toTenant(tenant.name, [tracesRequest(smallRun('old', old))]))
      await sendTo(pipeline, toTenant(tenant.name, [tracesRequest(smallRun('now'))]))
    }
    await using client = await connect(urlIn(citusUrl!, tenant.name))
    const workflows = async (table: string) => {
      const { rows } = await client.query<{ id: string }>(
        `select distinct ${table === 'workflows' ? 'workflow' : 'workflow_id'} as id from ${table} order by 1`,
      )
      return rows.map(({ id }) => id)
    }
    const { rows: events } = await client.query("select id from event_logs where workflow_id = 'old' order by id")
    const retention = {
      event_logs: 100,
      token_usage: 100,
      tool_executions: 100,
      agent_executions: 100,
      task_executions: 100,
      ledger: 100,
    }
    const settings = { DATABASE_URL: citusUrl!, SPANLEDGER_RETENTION: JSON.stringify(retention) }
    const ok = async (...args: string[]) => {
      const { code, output } = await outcomeOf([...args, '--tenant', tenant.name], settings)
      expect(code, output).toBe(0)
      return output
    }
    await client.query("update token_usage set model = 'other'")
    expect(await ok('resettle', '--all')).toMatch(/^token_usage +0 +2 +0$/m)
    expect(await brokenSums(client)).toEqual([])

    expect(await ok('prune', '--archive', folder.path)).toMatch(/event_logs_\d{4}_\d\d\.parquet has [1-9]/)
    const { asyncBufferFromFile, parquetReadObjects } = await import('hyparquet')
    const name = (await readdir(path.join(folder.path, tenant.name))).find((one) => one.startsWith('event_logs'))!
    const file = await asyncBufferFromFile(path.join(folder.path, tenant.name, name))
    const archived = await parquetReadObjects({ file })
    expect(archived.map(({ id }) => id).sort()).toEqual(events.map(({ id }) => id))
    expect(await workflows('event_logs')).toEqual(['now'])
    expect(await workflows('task_executions')).toEqual(['now'])
    expect(await workflows('workflows')).toEqual(['now', 'old'])

    await client.query(
      `update ledger set epoch = $1 where trace in (select only_trace from workflows where workflow = 'old')`,
      [months(-9)],
    )
    await client.query(
      `update traces set epoch = $1, last_month = $1 where trace in (select only_trace from workflows where workflow = 'old')`,
      [months(-9)],
    )
    await ok('prune')
    expect(await workflows('workflows')).toEqual(['now'])
    expect(await ok('forget', '--workflow', 'old')).toContain(name)
    expect((await client.query('select kind, id from archive_deletions')).rows).toEqual([
      { kind: 'workflow', id: 'old' },
    ])
    expect((await client.query('select from traces')).rows).toHaveLength(1)
  })
})

/** Sends one request again until it is committed, as a sender does. */
async function sendPatiently(place: TenantPipeline, tenant: string, request: OtlpRequest): Promise<void> {
  for (;;) {
    try {
      await handleRequest(place.pipeline, { ...request, transport: 'http', tenant })
      return
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      await pause(200)
    }
  }
}

describe.skipIf(citusUrl === null || citusRestart === null)(
  `nodes of Citus that are killed${leftOut || (citusRestart === null ? ' (left out: CITUS_RESTART names no program)' : '')}`,
  () => {
    test('a worker and then the coordinator in the middle: every run is there once, and nothing is left prepared', async () => {
      await using tenant = await citusTenant()
      await using one = await openTenantPipeline(citusUrl!, [])
      await using two = await openTenantPipeline(citusUrl!, [])
      const count = 300
      const requests = Array.from({ length: count }, (_, i) => smallRun(`wf-${i}`)).flatMap((spans) =>
        spans.map((span) => tracesRequest([span])),
      )
      const coordinator = { host: new URL(citusUrl!).hostname, port: Number(new URL(citusUrl!).port) }
      const worker = await nodeOfTenant(tenant.name)
      const kills = new Map([
        [count / 2, worker],
        [count, coordinator],
      ])
      const restarts: Promise<void>[] = []
      const waiting = requests.entries()
      const send = async (place: TenantPipeline) => {
        for (const [i, request] of waiting) {
          const killed = kills.get(i)
          if (killed !== undefined) restarts.push(restartNode(killed))
          await sendPatiently(place, tenant.name, request)
        }
      }
      await Promise.all([one, two, one, two].map(send))
      await Promise.all(restarts)
      expect([...one.log, ...two.log].join()).toContain('the database is away')
      await using client = await connect(urlIn(citusUrl!, tenant.name))
      const { rows } = await client.query(
        "select count(*)::int as tasks, sum(total_tokens)::int as tokens from task_executions where status = 'COMPLETED'",
      )
      expect(rows).toEqual([{ tasks: count, tokens: 15 * count }])
      expect(await brokenSums(client)).toEqual([])
      await client.query('select recover_prepared_transactions()')
      const prepared = await client.query<{ result: string }>(
        "select result from run_command_on_all_nodes('select count(*) from pg_prepared_xacts')",
      )
      expect(new Set(prepared.rows.map(({ result }) => result))).toEqual(new Set(['0']))
    })
  },
)
