import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorAnswer } from '../../src/web/answers/common.ts'
import type { CostAnswer, CostBy, CostSeriesAnswer, ReconciliationsAnswer } from '../../src/web/answers/costs.ts'
import type { HealthAnswer, RefusedAnswer, RefusedOneAnswer } from '../../src/web/answers/health.ts'
import type { RunAnswer } from '../../src/web/answers/run.ts'
import type { RunsAnswer } from '../../src/web/answers/runs.ts'
import type { MetaAnswer } from '../../src/web/answers/server.ts'
import type { SpanAnswer } from '../../src/web/answers/span.ts'
import type { SqlAnswer } from '../../src/web/answers/sql.ts'
import type { EventsAnswer } from '../../src/web/answers/streams.ts'
import type { AgentsAnswer, ToolsAnswer } from '../../src/web/answers/tools.ts'
import type { TreeAnswer } from '../../src/web/answers/tree.ts'
import { costBys } from '../../src/web/schemas/report-schemas.ts'
import type { TestReceiver } from '../support/command.ts'
import { newSpanId, newTraceId, smallRun, tracesRequest } from '../support/otlp.ts'
import { databases, freshPlace, type Place } from '../support/places.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { recordingNames, requestsOf } from '../support/recordings.ts'
import { send, sendAll } from '../support/send.ts'
import { ask, rowsOf } from './ask.ts'

/** Runs with several traces, sub-agents, failures, coding agents and durable workflows. */
const names = [...recordingNames('hand-'), 'claude-code-http', 'temporal-go-deploy']
const period = 'since=2020-01-01'
const markup = '<script>alert(1)</script><img src=x onerror=alert(2)>'

describe.each(databases)('on %s', (database) => {
  let place: Place
  let receiver: TestReceiver
  let client: pg.Client & AsyncDisposable
  const schemas = new Map<string, ReturnType<Ajv2020['compile']>>()

  beforeAll(async () => {
    place = await freshPlace(database)
    receiver = await openTestReceiver(place.url, place.settings)
    const [startMs, endMs] = [Date.now() - 5_000, Date.now() - 4_000]
    const attributes = { 'gen_ai.operation.name': 'invoke_agent', workflow_id: 'wf/with ?markup', query: markup }
    const ids = { traceId: newTraceId(), spanId: newSpanId() }
    await sendAll(
      [
        ...names.flatMap((name) => requestsOf(name)),
        tracesRequest([{ ...ids, name: 'ask', startMs, endMs, attributes }]),
      ],
      [receiver.http],
    )
    client = await place.connect()
    const { body } = await ask<{ paths: Record<string, Record<string, never>> }>(receiver.http, '/api/openapi.json')
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    for (const [path, operations] of Object.entries(body.paths))
      for (const [method, operation] of Object.entries(operations)) {
        const content = (operation as { responses: Record<string, { content: Record<string, { schema: object }> }> })
          .responses['200']!.content
        const schema = content['application/json']?.schema
        if (schema !== undefined) schemas.set(`${method} ${path}`, ajv.compile(schema))
      }
  })

  afterAll(async () => {
    await client[Symbol.asyncDispose]()
    await receiver[Symbol.asyncDispose]()
    await place[Symbol.asyncDispose]()
  })

  /** Asks, and holds the answer against its schema in the document. */
  async function get<Body>(pattern: string, path: string = pattern): Promise<Body> {
    const { status, body } = await ask<Body>(receiver.http, path)
    expect([status, path, status === 200 ? '' : body]).toEqual([200, path, ''])
    holds('get', pattern, body)
    return body
  }

  function holds(method: string, pattern: string, body: unknown): void {
    const check = schemas.get(`${method} ${pattern}`)!
    expect(check(body) ? [] : check.errors?.slice(0, 3)).toEqual([])
  }

  const one = async (sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows[0]

  test('the document is one of OpenAPI 3.1', async () => {
    const { body } = await ask<Record<string, unknown>>(receiver.http, '/api/openapi.json')
    const { valid, errors } = await new Validator().validate(body)
    expect([valid, errors ?? []]).toEqual([true, []])
    expect(schemas.size).toBeGreaterThan(15)
  })

  test('says what it is connected to', async () => {
    const meta = await get<MetaAnswer>('/api/meta')
    expect(meta).toMatchObject({
      tenant: '',
      has_runs: true,
      scopes: ['send', 'read', 'admin'],
      endpoints: { http: receiver.http },
    })
    expect(meta.database).toBe(database === 'PostgreSQL' ? 'postgresql' : 'embedded')
  })

  test('lists all runs by pages, forwards and back, each once, in every order', async () => {
    const { count } = await one('select count(*)::int as count from task_executions')
    expect(count).toBeGreaterThan(5)
    for (const sort of ['started', 'cost', 'tokens', 'duration'])
      for (const order of ['asc', 'desc']) {
        const whole = rowsOf(await get<RunsAnswer>('/api/runs', `/api/runs?limit=1000&sort=${sort}&order=${order}`))
        expect(whole).toHaveLength(count)
        const forwards = await walk(`sort=${sort}&order=${order}`, 'next')
        expect(forwards.ids).toEqual(whole.map(({ id }) => id))
        const back = await walk(`sort=${sort}&order=${order}`, 'previous', forwards.lastPlace)
        expect(back.ids).toEqual(forwards.ids.slice(0, back.ids.length))
      }
  })

  /** The ids of all pages, in the order of the list. */
  async function walk(query: string, direction: 'next' | 'previous', from: string | null = null) {
    const ids: string[] = []
    let place: string | null = from
    let lastPlace: string | null = null
    for (let i = 0; i < 100; i++) {
      const parameter = direction === 'next' ? 'after' : 'before'
      const page: RunsAnswer = await get(
        '/api/runs',
        `/api/runs?limit=2&${query}${place === null ? '' : `&${parameter}=${place}`}`,
      )
      const shown = rowsOf(page).map(({ id }) => id)
      if (direction === 'next') ids.push(...shown)
      else ids.unshift(...shown)
      lastPlace = page.previous ?? lastPlace
      place = page[direction]
      if (place === null) return { ids, lastPlace }
    }
    throw new Error('the pages have no end')
  }

  test('filters by each value, and takes none for SQL', async () => {
    const all = rowsOf(await get<RunsAnswer>('/api/runs', '/api/runs?limit=1000'))
    const filters = {
      user: 'user',
      session: 'session_id',
      model: 'model_used',
      provider: 'provider',
      status: 'status',
    } as const
    for (const [filter, column] of Object.entries(filters)) {
      const value = all.map((row) => row[column]).find((of) => of !== null)!
      const found = rowsOf(
        await get<RunsAnswer>('/api/runs', `/api/runs?limit=1000&${filter}=${encodeURIComponent(value)}`),
      )
      expect(found.map(({ id }) => id).sort()).toEqual(
        all
          .filter((row) => row[column] === value)
          .map(({ id }) => id)
          .sort(),
      )
    }
    for (const filter of ['user', 'session', 'model', 'provider', 'mode', 'tool', 'agent', 'workflow']) {
      const injected = encodeURIComponent(`x' or '1'='1' --"; drop table users; %_\\`)
      expect(rowsOf(await get<RunsAnswer>('/api/runs', `/api/runs?${filter}=${injected}`))).toEqual([])
    }
    const { body } = await ask<ErrorAnswer>(receiver.http, `/api/runs?status=${encodeURIComponent("RUNNING' or true")}`)
    expect(body.error.code).toBe('wrong-parameter')
  })

  test('what is copied as SQL gives the rows that are shown', async () => {
    const page = await get<RunsAnswer>('/api/runs', '/api/runs?limit=3&workflow=wf&sort=cost')
    const { rows } = await client.query(page.sql)
    expect(rows.slice(0, 3).map(({ workflow_id: id }) => id)).toEqual(rowsOf(page).map((row) => row.workflow_id))
  })

  test('a run, its tree and its spans have the sums of its rows', async () => {
    const all = rowsOf(await get<RunsAnswer>('/api/runs', '/api/runs?limit=1000'))
    for (const { id, workflow_id: workflow, ...row } of all) {
      const path = `/api/workflows/${encodeURIComponent(workflow)}`
      const run = await get<RunAnswer>('/api/workflows/{id}', path)
      const tree = await get<TreeAnswer>('/api/workflows/{id}/tree', `${path}/tree`)
      const oracle = await one(
        `select count(*)::int as calls, coalesce(sum(prompt_tokens), 0)::int as prompt_tokens,
          coalesce(sum(completion_tokens), 0)::int as completion_tokens, coalesce(sum(cost_nano_usd), 0)::text as cost_nano_usd
        from token_usage where task_id = $1::uuid`,
        [id],
      )
      expect([workflow, run.sums]).toMatchObject([workflow, oracle])
      expect([workflow, tree.sums]).toEqual([workflow, oracle])
      expect(run.sums).toMatchObject({ prompt_tokens: row.prompt_tokens, cost_nano_usd: row.cost_nano_usd })
      const { columns } = tree
      expect(columns.parent.filter((parent, i) => parent >= i)).toEqual([])
      expect(columns.size.filter((_, i) => columns.parent[i] === -1).reduce((sum, size) => sum + size + 1, 0)).toBe(
        tree.count,
      )
    }
  })

  test('each counted span says so in words, and the parts of its cost sum to it', async () => {
    const [workflow] = rowsOf(await get<RunsAnswer>('/api/runs', '/api/runs?sort=tokens&limit=1')).map(
      (row) => row.workflow_id,
    )
    const path = `/api/workflows/${encodeURIComponent(workflow!)}`
    const { columns, traces } = await get<TreeAnswer>('/api/workflows/{id}/tree', `${path}/tree`)
    let costs = 0n
    for (const [i, id] of columns.span_id.entries()) {
      const span = await get<SpanAnswer>(
        '/api/workflows/{id}/spans/{trace}/{span}',
        `${path}/spans/${traces[columns.trace[i]!]}/${id}`,
      )
      expect([id, span.counted]).toEqual([id, columns.counted[i] === 1])
      expect(span.reasons[0]).toMatch(span.counted ? /^Counted: .*\.$/ : /^Not counted: .*\.$/)
      if (!span.counted) continue
      const parts = span.cost_parts.reduce((sum, { cost_nano_usd: nano }) => sum + BigInt(nano), 0n)
      expect(parts).toBe(BigInt(span.call!.cost_nano_usd))
      costs += parts
    }
    const run = await get<RunAnswer>('/api/workflows/{id}', path)
    expect(costs.toString()).toBe(run.sums.cost_nano_usd)
  })

  test.each(costBys)('the costs by %s sum to the cost of all calls, and so do their days', async (by: CostBy) => {
    const costs = await get<CostAnswer>('/api/cost', `/api/cost?by=${by}&${period}&compare=1`)
    const series = await get<CostSeriesAnswer>('/api/cost/series', `/api/cost/series?by=${by}&since=2026-01-01`)
    const oracle = await one(
      'select coalesce(sum(cost_nano_usd), 0)::text as cost, count(*)::int as calls from token_usage',
    )
    const sum = (texts: readonly string[]) => texts.reduce((total, nano) => total + BigInt(nano), 0n).toString()
    expect(sum(rowsOf(costs).map((row) => row.cost_nano_usd))).toBe(oracle.cost)
    expect(costs.totals).toMatchObject({ cost_nano_usd: oracle.cost, calls: oracle.calls })
    expect(sum(series.totals.cost_nano_usd)).toBe(oracle.cost)
    expect(sum(series.series.flatMap((line) => line.cost_nano_usd))).toBe(oracle.cost)
  })

  test('tools and agents sum to their rows', async () => {
    const tools = await get<ToolsAnswer>('/api/tools', `/api/tools?${period}`)
    const agents = await get<AgentsAnswer>('/api/agents', `/api/agents?${period}`)
    const runs = await one(
      'select count(*)::int as calls, count(*) filter (where success is false)::int as failed from tool_executions',
    )
    expect(tools.totals).toMatchObject(runs)
    expect(rowsOf(tools).reduce((sum, { calls }) => sum + calls, 0)).toBe(runs.calls)
    expect(agents.totals.runs).toBe((await one('select count(*)::int as runs from agent_executions')).runs)
  })

  test('events come by pages in the order of their numbers', async () => {
    const { workflow_id: workflow } = await one(
      'select workflow_id from event_logs group by 1 order by count(*) desc limit 1',
    )
    const path = `/api/workflows/${encodeURIComponent(workflow)}/events`
    const seen: string[] = []
    for (let after = '0', more = true; more; ) {
      const page: EventsAnswer = await get('/api/workflows/{id}/events', `${path}?after_seq=${after}&limit=5`)
      seen.push(...rowsOf(page).map(({ seq }) => seq))
      after = page.seq
      more = page.more
    }
    const { rows } = await client.query(
      'select seq::text as seq from event_logs where workflow_id = $1 order by event_logs.seq',
      [workflow],
    )
    expect(seen).toEqual(rows.map(({ seq }) => seq))
  })

  test('health adds up, and the refused span can be looked at and sent again', async () => {
    await send(
      tracesRequest([{ traceId: newTraceId(), spanId: 'ffff', name: 'wrong', startMs: 1, endMs: 2 }]),
      receiver.http,
    )
    const { spans, refused_kept: kept } = await get<HealthAnswer>('/api/health')
    const { received, ...outcomes } = spans!
    expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(received)
    expect(kept).toBeGreaterThan(0)
    const [refused] = rowsOf(await get<RefusedAnswer>('/api/refused'))
    const shown = await get<RefusedOneAnswer>('/api/refused/{id}', `/api/refused/${refused!.id}`)
    expect(shown.content).toContain('wrong')
    const { status, body } = await ask(receiver.http, `/api/refused/${refused!.id}/retry`, { body: {} })
    expect(status).toBe(200)
    holds('post', '/api/refused/{id}/retry', body)
    expect(body).toMatchObject({ id: refused!.id, taken: false })
  })

  test('a refused span is taken when it is sent again, and is kept no longer, once its reason has gone', async () => {
    // as a database that was adopted may have it
    await client.query("alter table token_usage add constraint no_model check (model <> 'not-yet')")
    const [root, call] = smallRun('sent-again')
    const attributes = { ...call!.attributes, model: 'not-yet' }
    await send(tracesRequest([root!, { ...call!, attributes }]), receiver.http)
    const [refused] = rowsOf(await get<RefusedAnswer>('/api/refused'))
    expect([refused!.span, await tokensOf('sent-again')]).toEqual([call!.spanId, 0])
    await client.query('alter table token_usage drop constraint no_model')
    const { body } = await ask(receiver.http, `/api/refused/${refused!.id}/retry`, { body: {} })
    expect(body).toEqual({ id: refused!.id, taken: true, reason: null })
    expect(await tokensOf('sent-again')).toBe(15)
    expect((await ask(receiver.http, `/api/refused/${refused!.id}`)).status).toBe(404)
  })

  async function tokensOf(workflow: string): Promise<number> {
    return (await get<RunAnswer>('/api/workflows/{id}', `/api/workflows/${workflow}`)).sums.total_tokens
  }

  test('comparisons with bills say what explains their difference', async () => {
    const result = JSON.stringify({
      cells: [
        { reasons: [{ code: 'not_traced', cost_usd: '0.25' }] },
        {
          reasons: [
            { code: 'not_traced', cost_usd: '0.05' },
            { code: 'rounding', cost_usd: '-0.000000001' },
          ],
        },
      ],
    })
    for (const [id, bill] of [
      ['00000000-0000-4000-8000-000000000001', 2_000_000_000],
      ['00000000-0000-4000-8000-000000000002', 3_300_000_000],
    ])
      await client.query(
        `insert into spanledger.reconciliations (id, reconciled_at, format, files, period_start, period_end, bill_nano_usd,
           ledger_nano_usd, unexplained_nano_usd, within_tolerance, result)
         values ($1, to_timestamp(1790000000 + $2::bigint / 1000000000), 'openai', 'usage.csv', '2026-10-01', '2026-11-01', $2, 3000000000, 1, true, $3)`,
        [id, bill, result],
      )
    const found = await get<ReconciliationsAnswer>('/api/reconciliations')
    const rows = rowsOf(found)
    expect(rows.map(({ bill_nano_usd: bill }) => bill)).toEqual(['3300000000', '2000000000'])
    expect(rows[0]).toMatchObject({
      difference_nano_usd: '300000000',
      unexplained_nano_usd: '1',
      within_tolerance: true,
    })
    expect(rows[0]!.reasons).toEqual([
      { code: 'not_traced', text: expect.stringContaining('no span'), nano_usd: '300000000' },
      { code: 'rounding', text: expect.stringContaining('rounding'), nano_usd: '-1' },
    ])
    expect(found.last).toEqual([rows[0]])
  })

  test('SQL reads, and changes nothing', async () => {
    const { body } = await ask<SqlAnswer>(receiver.http, '/api/sql', {
      body: { sql: 'select 1 as one, null as none;' },
    })
    holds('post', '/api/sql', body)
    expect(body).toMatchObject({ columns: [{ name: 'one', type: 'integer' }, { name: 'none' }], rows: [['1', null]] })
    for (const sql of [
      'delete from users',
      'with x as (delete from users returning 1) select * from x',
      'select 1; select 2',
      'copy users to stdout',
      'select pg_sleep(1)',
      'select "pg_read_file" /* */ (\'x\')',
      "select query_to_xml('select 1', true, false, '')",
      "select set_config('role', 'x', true)",
    ])
      expect([sql, (await ask<ErrorAnswer>(receiver.http, '/api/sql', { body: { sql } })).status]).toEqual([sql, 422])
  })

  test('files have all rows that match', async () => {
    const { body } = await ask<string>(receiver.http, '/api/runs.csv')
    const { count } = await one('select count(*)::int as count from task_executions')
    expect(body.split('\r\n').filter((line) => /^[0-9a-f]{8}-/.test(line))).toHaveLength(count)
    const wrong = Array.from({ length: 1_100 }, (_, i) => ({
      ...{ traceId: newTraceId(), spanId: 'ffff', name: `wrong ${i}`, startMs: 1, endMs: 2 },
    }))
    await send(tracesRequest(wrong), receiver.http)
    const refused = await ask<string>(receiver.http, '/api/refused.csv')
    const ids = refused.body.split('\r\n').filter((line) => /^[0-9a-f]{8}-/.test(line))
    const kept = await one('select count(*)::int as count from spanledger.refused_spans')
    expect([ids.length, new Set(ids.map((line) => line.slice(0, 36))).size]).toEqual([kept.count, kept.count])
    expect(kept.count).toBeGreaterThan(1_100)
  })

  test('no sender fails beside readers whose answers are long', async () => {
    let isSending = true
    const read = async (path: string, options = {}) => {
      do expect([path, (await ask(receiver.http, path, options)).status]).toEqual([path, 200])
      while (isSending)
    }
    const long = { sql: 'select count(*), sum(n % 7) from generate_series(1, 300000) as n' }
    const readers = [read('/api/sql', { body: long }), read('/api/runs.csv'), read('/api/refused.csv')]
    const statuses: number[] = []
    for (let i = 0; i < 5; i++) {
      const runs = [smallRun(`beside-${i}`), smallRun(`beside-too-${i}`)]
      const answers = await Promise.all(runs.map((run) => send(tracesRequest(run), receiver.http)))
      statuses.push(...answers.map(({ status }) => status))
    }
    isSending = false
    await Promise.all(readers)
    expect(statuses).toEqual(Array(10).fill(200))
  })

  test('markup in a prompt stays text, in JSON that no browser takes for a page', async () => {
    const { headers, body } = await ask<RunAnswer>(
      receiver.http,
      `/api/workflows/${encodeURIComponent('wf/with ?markup')}`,
    )
    expect(body.run.query).toBe(markup)
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("require-trusted-types-for 'script'")
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  test('what is not there, or not so, is said', async () => {
    const codes = async (path: string, options = {}) => {
      const { status, body } = await ask<ErrorAnswer>(receiver.http, path, options)
      return [status, body.error.code]
    }
    expect(await codes('/api/workflows/nothing')).toEqual([404, 'not-found'])
    expect(await codes('/api/nothing')).toEqual([404, 'not-found'])
    expect(await codes('/api/runs', { method: 'DELETE' })).toEqual([405, 'wrong-method'])
    expect(await codes('/api/runs?limit=0')).toEqual([400, 'wrong-parameter'])
    expect(await codes('/api/runs?after=x')).toEqual([400, 'wrong-parameter'])
    expect(await codes('/api/runs?q=x')).toEqual([400, 'wrong-parameter'])
    expect(await codes('/api/cost?since=whenever')).toEqual([400, 'wrong-parameter'])
    expect(await codes('/api/live')).toEqual([406, 'unsupported'])
  })
})
