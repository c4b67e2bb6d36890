import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newSpanId, newTraceId, type SpanSketch, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase, type TestDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { sendAll } from '../support/send.ts'

/** One run, as the seed's reader would describe it. Money follows from `prices`. */
interface Run {
  readonly id: string
  readonly user: string
  readonly mode: string
  readonly complexity?: number
  readonly hoursAgo: number
  readonly seconds: number
  readonly status: 'COMPLETED' | 'FAILED' | 'RUNNING'
  readonly model: 'model-a' | 'model-b'
  readonly prompt: number
  readonly completion: number
  readonly cached?: number
  readonly tools: readonly { readonly name: string; readonly ms: number; readonly fails?: boolean }[]
}

const prices = { 'model-a': { input: 2, output: 10 }, 'model-b': { input: 1, output: 4 } }

const runs: readonly Run[] = [
  {
    ...{ id: 'slow', user: 'ada', mode: 'SIMPLE', complexity: 0.1, hoursAgo: 2, seconds: 90, status: 'COMPLETED' },
    ...{ model: 'model-a', prompt: 1000, completion: 100 },
    tools: [
      { name: 'search', ms: 100 },
      { name: 'search', ms: 300, fails: true },
    ],
  },
  {
    ...{ id: 'failed', user: 'ada', mode: 'STANDARD', complexity: 0.5, hoursAgo: 50, seconds: 10, status: 'FAILED' },
    ...{ model: 'model-a', prompt: 2000, completion: 50, tools: [] },
  },
  {
    ...{ id: 'cached', user: 'bob', mode: 'STANDARD', complexity: 0.7, hoursAgo: 5, seconds: 20, status: 'COMPLETED' },
    ...{ model: 'model-b', prompt: 500, completion: 500, cached: 100, tools: [{ name: 'calculator', ms: 50 }] },
  },
  {
    ...{ id: 'old', user: 'bob', mode: 'COMPLEX', hoursAgo: 960, seconds: 70, status: 'COMPLETED' },
    ...{ model: 'model-b', prompt: 100, completion: 100, tools: [] },
  },
  {
    ...{ id: 'running', user: 'ada', mode: 'SIMPLE', complexity: 0.2, hoursAgo: 1, seconds: 5, status: 'RUNNING' },
    ...{ model: 'model-a', prompt: 10, completion: 1, tools: [] },
  },
]

// Whole milliseconds, so that durations are exact.
const now = Date.now()
const startOf = (run: Run) => now - run.hoursAgo * 3_600_000
const endOf = (run: Run) => startOf(run) + run.seconds * 1000
const costOf = ({ model, prompt, completion }: Run) =>
  (prompt * prices[model].input + completion * prices[model].output) / 1e6
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const recent = (days: number) => runs.filter((run) => run.hoursAgo < days * 24)

/** The spans of a run: a root that says whose it is, an agent, and below it the call and the tools. A running one has no root yet. */
function spansOf(run: Run): SpanSketch[] {
  const traceId = newTraceId()
  const [root, agent] = [newSpanId(), newSpanId()]
  const start = startOf(run)
  const whose = {
    ...{
      workflow_id: run.id,
      user_id: run.user,
      session_id: `session of ${run.user}`,
      query: `query of ${run.id}`,
      mode: run.mode,
    },
    ...(run.complexity !== undefined && { complexity_score: run.complexity }),
  }
  const call = {
    ...{
      'step.type': 'llm',
      provider: 'acme',
      model: run.model,
      prompt_tokens: run.prompt,
      completion_tokens: run.completion,
    },
    ...(run.cached !== undefined && { cached_tokens: run.cached }),
  }
  const below = { traceId, parentSpanId: agent }
  const failure = run.status === 'FAILED' ? { error: 'the model is away' } : {}
  const tools = run.tools.map(({ name, ms, fails }) => ({
    ...{ ...below, spanId: newSpanId(), name: 'tool', startMs: start + 200, endMs: start + 200 + ms },
    attributes: { 'step.type': 'tool', tool_name: name, tool_args: '{}' },
    ...(fails ? { error: 'nothing found' } : {}),
  }))
  return [
    ...(run.status === 'RUNNING'
      ? []
      : [{ traceId, spanId: root, name: 'run', startMs: start, endMs: endOf(run), attributes: whose, ...failure }]),
    {
      ...{ traceId, parentSpanId: root, spanId: agent, name: 'agent', startMs: start, endMs: endOf(run) - 1 },
      attributes: { 'step.type': 'agent', agent_name: 'planner', ...(run.status === 'RUNNING' ? whose : {}) },
    },
    { ...below, spanId: newSpanId(), name: 'call', startMs: start + 10, endMs: start + 110, attributes: call },
    ...tools,
  ]
}

let database: TestDatabase
let client: pg.Client & AsyncDisposable

beforeAll(async () => {
  database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url, { SPANLEDGER_PRICES: JSON.stringify(prices) })
  const sent = await sendAll([tracesRequest(runs.flatMap(spansOf))], [receiver.http])
  expect(sent).toMatchObject({ ok: 1, rejected: 0 })
  client = await connect(database.url)
  await client.query("set timezone to 'UTC'")
  // The platform's own column: no span says it.
  await client.query("update users set email = external_id || '@example.org'")
})

afterAll(async () => {
  await client?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

/** A query of the seed; '...' stands for the id that its reader would put there. */
async function ask(sql: string, id = ''): Promise<Record<string, unknown>[]> {
  const { rows } = await client.query<Record<string, unknown>>(sql.replace("'...'", client.escapeLiteral(id)))
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, plain(value)])))
}

// The driver gives numbers of arbitrary size as text, and days as local midnights.
function plain(value: unknown): unknown {
  if (value instanceof Date)
    return `${value.getFullYear()}-${`${value.getMonth() + 1}`.padStart(2, '0')}-${`${value.getDate()}`.padStart(2, '0')}`
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
}

async function idOf(user: string): Promise<string> {
  const { rows } = await client.query('select id from users where external_id = $1', [user])
  return rows[0].id
}

const sum = (list: readonly Run[], value: (run: Run) => number) =>
  Number(list.reduce((total, run) => total + value(run), 0).toFixed(9))
const tokensOf = (run: Run) => run.prompt + run.completion

function grouped<K>(list: readonly Run[], key: (run: Run) => K): Map<K, Run[]> {
  const groups = new Map<K, Run[]>()
  for (const run of list) groups.set(key(run), [...(groups.get(key(run)) ?? []), run])
  return groups
}

describe('the queries of the seed, unchanged', () => {
  test('recent tasks for user', async () => {
    const rows = await ask(
      `SELECT workflow_id, query, status, duration_ms, total_cost_usd
       FROM task_executions
       WHERE user_id = '...'
       ORDER BY started_at DESC
       LIMIT 20;`,
      await idOf('ada'),
    )
    expect(rows).toEqual([
      {
        workflow_id: 'running',
        query: 'query of running',
        status: 'RUNNING',
        duration_ms: null,
        total_cost_usd: 0.00003,
      },
      { workflow_id: 'slow', query: 'query of slow', status: 'COMPLETED', duration_ms: 90_000, total_cost_usd: 0.003 },
      {
        workflow_id: 'failed',
        query: 'query of failed',
        status: 'FAILED',
        duration_ms: 10_000,
        total_cost_usd: 0.0045,
      },
    ])
  })

  test('failed tasks analysis', async () => {
    const rows = await ask(
      `SELECT DATE(started_at) as date, COUNT(*) as failed_count, AVG(duration_ms) as avg_duration
       FROM task_executions
       WHERE status = 'FAILED' AND started_at > NOW() - INTERVAL '7 days'
       GROUP BY DATE(started_at)
       ORDER BY date DESC;`,
    )
    expect(rows).toEqual([{ date: dayOf(startOf(runs[1]!)), failed_count: 1, avg_duration: 10_000 }])
  })

  test('cost analysis', async () => {
    const rows = await ask(
      `SELECT user_id, COUNT(*) as task_count, SUM(total_cost_usd) as total_cost, AVG(total_cost_usd) as avg_cost,
         SUM(total_tokens) as total_tokens
       FROM task_executions
       WHERE started_at > NOW() - INTERVAL '30 days'
       GROUP BY user_id
       ORDER BY total_cost DESC;`,
    )
    expect(rows).toEqual([
      { user_id: await idOf('ada'), task_count: 3, total_cost: 0.00753, avg_cost: 0.00251, total_tokens: 3161 },
      { user_id: await idOf('bob'), task_count: 1, total_cost: 0.0025, avg_cost: 0.0025, total_tokens: 1000 },
    ])
  })

  test('all events for a task', async () => {
    const rows = await ask(
      `SELECT type, agent_id, message, timestamp
       FROM event_logs
       WHERE workflow_id = '...'
       ORDER BY timestamp;`,
      'slow',
    )
    const types = rows.map((row) => row.type)
    expect(types.filter((type) => type === 'task.started' || type === 'tool.called')).toEqual([
      'task.started',
      'tool.called',
      'tool.called',
    ])
    expect(types.at(-1)).toBe('task.completed')
    for (const row of rows.filter((row) => row.type === 'tool.called')) expect(row.agent_id).toBe('planner')
  })

  test('event frequency analysis', async () => {
    const rows = await ask(
      `SELECT type, COUNT(*) as event_count, DATE_TRUNC('hour', timestamp) as hour
       FROM event_logs
       WHERE timestamp > NOW() - INTERVAL '24 hours'
       GROUP BY type, hour
       ORDER BY hour DESC, event_count DESC;`,
    )
    const count = (type: string) =>
      rows.filter((row) => row.type === type).reduce((n, row) => n + Number(row.event_count), 0)
    expect(['task.started', 'task.completed', 'task.failed', 'tool.called'].map(count)).toEqual([3, 2, 0, 3])
  })

  test('token usage by provider', async () => {
    const rows = await ask(
      `SELECT provider, model, COUNT(*) as call_count, SUM(total_tokens) as total_tokens, SUM(cost_usd) as total_cost
       FROM token_usage
       WHERE created_at > NOW() - INTERVAL '30 days'
       GROUP BY provider, model
       ORDER BY total_cost DESC;`,
    )
    expect(rows).toEqual([
      { provider: 'acme', model: 'model-a', call_count: 3, total_tokens: 3161, total_cost: 0.00753 },
      { provider: 'acme', model: 'model-b', call_count: 1, total_tokens: 1000, total_cost: 0.0025 },
    ])
  })

  test('daily token trend', async () => {
    const rows = await ask(
      `SELECT DATE(created_at) as date, SUM(total_tokens) as tokens, SUM(cost_usd) as cost
       FROM token_usage
       WHERE created_at > NOW() - INTERVAL '30 days'
       GROUP BY DATE(created_at)
       ORDER BY date;`,
    )
    const days = [...grouped(recent(30), (run) => dayOf(startOf(run) + 110))].sort(([a], [b]) => (a < b ? -1 : 1))
    expect(rows).toEqual(days.map(([date, mine]) => ({ date, tokens: sum(mine, tokensOf), cost: sum(mine, costOf) })))
  })

  test('user usage summary', async () => {
    const rows = await ask(
      `SELECT date, total_tasks, successful_tasks, total_cost_usd
       FROM usage_daily_aggregates
       WHERE user_id = '...' AND date > CURRENT_DATE - INTERVAL '30 days'
       ORDER BY date DESC;`,
      await idOf('ada'),
    )
    const mine = runs.filter((run) => run.user === 'ada')
    const days = [...grouped(mine, (run) => dayOf(startOf(run)))].sort(([a], [b]) => (a < b ? 1 : -1))
    const successful = (list: readonly Run[]) => list.filter((run) => run.status === 'COMPLETED').length
    expect(rows).toEqual(
      days.map(([date, list]) => ({
        date,
        total_tasks: list.length,
        successful_tasks: successful(list),
        total_cost_usd: sum(list, costOf),
      })),
    )
  })

  test('aggregate metrics', async () => {
    const [row] = await ask(
      `SELECT SUM(total_tasks) as total_tasks, SUM(total_cost_usd) as total_cost, AVG(cache_hit_rate) as avg_cache_rate
       FROM usage_daily_aggregates
       WHERE date > CURRENT_DATE - INTERVAL '7 days';`,
    )
    // One call a run; of all, only bob's had something cached.
    const days = [...grouped(recent(7), (run) => `${run.user} ${dayOf(startOf(run))}`).values()]
    const rates = days.map((list) => list.filter((run) => run.cached).length / list.length)
    expect(row).toMatchObject({ total_tasks: 4, total_cost: 0.01003 })
    expect(row?.avg_cache_rate).toBeCloseTo(rates.reduce((a, b) => a + b, 0) / rates.length, 6)
  })

  test('task success rate by mode', async () => {
    const rows = await ask(
      `SELECT mode, COUNT(*) as total, COUNT(CASE WHEN status = 'COMPLETED' THEN 1 END) as completed,
         ROUND(100.0 * COUNT(CASE WHEN status = 'COMPLETED' THEN 1 END) / COUNT(*), 2) as success_rate
       FROM task_executions
       WHERE started_at > NOW() - INTERVAL '7 days'
       GROUP BY mode;`,
    )
    expect(rows).toHaveLength(2)
    expect(rows).toContainEqual({ mode: 'SIMPLE', total: 2, completed: 1, success_rate: 50 })
    expect(rows).toContainEqual({ mode: 'STANDARD', total: 2, completed: 1, success_rate: 50 })
  })

  test('average execution time by complexity', async () => {
    const rows = await ask(
      `SELECT CASE WHEN complexity_score < 0.3 THEN 'Low' WHEN complexity_score < 0.7 THEN 'Medium' ELSE 'High' END as complexity,
         COUNT(*) as task_count, AVG(duration_ms) as avg_ms, AVG(total_cost_usd) as avg_cost
       FROM task_executions
       WHERE complexity_score IS NOT NULL
       GROUP BY complexity;`,
    )
    expect(rows).toHaveLength(3)
    expect(rows).toContainEqual({ complexity: 'Low', task_count: 2, avg_ms: 90_000, avg_cost: 0.001515 })
    expect(rows).toContainEqual({ complexity: 'Medium', task_count: 1, avg_ms: 10_000, avg_cost: 0.0045 })
    expect(rows).toContainEqual({ complexity: 'High', task_count: 1, avg_ms: 20_000, avg_cost: 0.0025 })
  })

  test('top cost users', async () => {
    const rows = await ask(
      `SELECT u.email, COUNT(t.id) as task_count, SUM(t.total_cost_usd) as total_cost, AVG(t.total_cost_usd) as avg_cost
       FROM task_executions t
       JOIN users u ON t.user_id = u.id
       WHERE t.started_at > NOW() - INTERVAL '30 days'
       GROUP BY u.email
       ORDER BY total_cost DESC
       LIMIT 10;`,
    )
    expect(rows).toEqual([
      { email: 'ada@example.org', task_count: 3, total_cost: 0.00753, avg_cost: 0.00251 },
      { email: 'bob@example.org', task_count: 1, total_cost: 0.0025, avg_cost: 0.0025 },
    ])
  })

  test('cost breakdown by model', async () => {
    const rows = await ask(
      `SELECT tu.provider, tu.model, COUNT(*) as usage_count, SUM(tu.total_tokens) as total_tokens, SUM(tu.cost_usd) as total_cost,
         AVG(tu.cost_usd) as avg_cost_per_call
       FROM token_usage tu
       WHERE tu.created_at > NOW() - INTERVAL '7 days'
       GROUP BY tu.provider, tu.model
       ORDER BY total_cost DESC;`,
    )
    expect(rows).toEqual([
      {
        provider: 'acme',
        model: 'model-a',
        usage_count: 3,
        total_tokens: 3161,
        total_cost: 0.00753,
        avg_cost_per_call: 0.00251,
      },
      {
        provider: 'acme',
        model: 'model-b',
        usage_count: 1,
        total_tokens: 1000,
        total_cost: 0.0025,
        avg_cost_per_call: 0.0025,
      },
    ])
  })

  test('slow queries', async () => {
    const rows = await ask(
      `SELECT workflow_id, query, duration_ms, agents_used, tools_invoked
       FROM task_executions
       WHERE duration_ms > 60000 AND started_at > NOW() - INTERVAL '24 hours'
       ORDER BY duration_ms DESC;`,
    )
    expect(rows).toEqual([
      { workflow_id: 'slow', query: 'query of slow', duration_ms: 90_000, agents_used: 1, tools_invoked: 2 },
    ])
  })

  test('tool execution success rate', async () => {
    const rows = await ask(
      `SELECT tool_name, COUNT(*) as total, COUNT(CASE WHEN success THEN 1 END) as successful,
         ROUND(100.0 * COUNT(CASE WHEN success THEN 1 END) / COUNT(*), 2) as success_rate, AVG(duration_ms) as avg_duration
       FROM tool_executions
       GROUP BY tool_name
       ORDER BY total DESC;`,
    )
    expect(rows).toEqual([
      { tool_name: 'search', total: 2, successful: 1, success_rate: 50, avg_duration: 200 },
      { tool_name: 'calculator', total: 1, successful: 1, success_rate: 100, avg_duration: 50 },
    ])
  })
})
