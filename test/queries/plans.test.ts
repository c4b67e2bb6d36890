import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listRuns, type RunCursor, type RunFilter, type RunPageRequest } from '../../src/queries/runs/runs.ts'
import { queryStatement } from '../../src/queries/statements.ts'
import { costDimensions } from '../../src/queries/sums/cost-dimensions.ts'
import { statement } from '../../src/transaction/statements.ts'
import { openTestDatabase } from '../support/fresh-ledger.ts'
import { connect, freshDatabase, type TestDatabase } from '../support/postgres.ts'

/** A run every two minutes for 55 days, each with an event, a call, a tool run and an agent. */
const runs = 40_000
/** The runs of a day, and a tenth more. */
const ofADay = 800
const dayMs = 86_400_000

/**
 * When the last run begins: now, or at the end of the month before where this one is younger than a day. A month's partition of
 * few rows is read whole, because an index would take longer.
 */
const lastMs = endOfRuns(new Date())

function endOfRuns(now: Date): number {
  const monthMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth())
  return now.getTime() - monthMs < dayMs ? monthMs - 1 : now.getTime()
}

let database: TestDatabase
let client: pg.Client & AsyncDisposable

beforeAll(async () => {
  database = await freshDatabase()
  client = await connect(database.url)
  const rows = `from generate_series(1, ${runs}) as n, lateral (select to_timestamp(${lastMs / 1_000}) - n * interval '2 minutes' as at) t`
  await client.query(`
    set search_path = spanledger, public;
    insert into users (id, external_id) select ('00000000-0000-8000-8000-' || lpad(n::text, 12, '0'))::uuid, 'user-' || n from generate_series(1, 50) as n;
    insert into task_executions (id, workflow_id, user_id, session_id, query, mode, status, started_at, created_at, model_used)
      select md5('task' || n)::uuid, 'wf-' || n, ('00000000-0000-8000-8000-' || lpad((n % 50 + 1)::text, 12, '0'))::uuid,
        's-' || n % 1000, 'q', 'STANDARD', (array['COMPLETED', 'FAILED', 'RUNNING'])[n % 3 + 1], at, at, 'model-' || n % 7 ${rows};
    insert into token_usage (id, task_id, provider, model, prompt_tokens, completion_tokens, total_tokens, cost_usd, cost_nano_usd, created_at, agent_id, unpriced)
      select md5('call' || n)::uuid, md5('task' || n)::uuid, 'p', 'model-' || n % 7, 10, 5, 15, 0.1, 100000000, at, 'agent-' || n % 9, n % 11 = 0 ${rows};
    insert into tool_executions (id, workflow_id, tool_name, success, error, duration_ms, created_at)
      select md5('tool' || n)::uuid, 'wf-' || n, 'tool-' || n % 20, n % 10 <> 0, 'e', n % 500, at ${rows};
    insert into agent_executions (id, workflow_id, agent_id, input, state, duration_ms, created_at)
      select md5('agent' || n)::uuid, 'wf-' || n, 'agent-' || n % 9, '', 'COMPLETED', n % 500, at ${rows};
    insert into event_logs (id, workflow_id, type, message, timestamp, seq)
      select md5('event' || n)::uuid, 'wf-' || n, 'task.started', '', at, 1 ${rows};
    insert into workflows (tenant, workflow, task, seq, only_trace) select '', 'wf-' || n, md5('task' || n)::uuid, 1, md5('trace' || n)::uuid ${rows};
    insert into traces (tenant, trace, epoch, version) select '', md5('trace' || n)::uuid, date_trunc('month', at), 1 ${rows};
    insert into usage_daily_aggregates (id, user_id, date, total_tasks)
      select md5('day' || n)::uuid, ('00000000-0000-8000-8000-' || lpad((n % 50 + 1)::text, 12, '0'))::uuid, (to_timestamp(${lastMs / 1_000}) - n / 50 * interval '1 day')::date, 1 from generate_series(0, 19999) as n;
    analyze users; analyze task_executions; analyze token_usage; analyze tool_executions; analyze agent_executions;
    analyze event_logs; analyze workflows; analyze traces; analyze usage_daily_aggregates;
  `)
})

afterAll(async () => {
  await client[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly PlanNode[]
}

/** How many rows of tables a statement reads, whether it keeps them or not. */
async function rowsRead(sql: string, values: readonly unknown[]): Promise<number> {
  const { rows } = await client.query(`explain (analyze, format json, timing off) ${sql}`, [...values])
  const read = (node: PlanNode): number => {
    const own = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
    const inner = (node.Plans ?? []).reduce((sum, one) => sum + read(one), 0)
    return inner + (node['Relation Name'] === undefined ? 0 : own)
  }
  return read(rows[0]['QUERY PLAN'][0].Plan)
}

const day = () => [new Date(lastMs - dayMs).toISOString(), new Date(lastMs).toISOString()]
const none = (count: number) => Array.from({ length: count }, () => null)
const today = () => new Date(lastMs).toISOString().slice(0, 10)

test.each([
  ['the newest runs', 'list_tasks', () => [...none(10), 31], 300],
  ['the runs of a day that failed', 'list_tasks', () => ['FAILED', ...none(5), day()[0], ...none(3), 31], 3 * ofADay],
  ['the runs of a user', 'list_tasks', () => [null, 'user-7', ...none(8), 31], 2_700],
  ['the runs of a session', 'list_tasks', () => [...none(3), 's-7', ...none(6), 31], 200],
  [
    'a page in the middle',
    'list_tasks',
    () => [...none(8), new Date(lastMs - 30 * dayMs).toISOString(), '00000000-0000-0000-0000-000000000000', 31],
    300,
  ],
  ['a run', 'one_task', () => ['wf-20000'], 60],
  ['a run by the id of its task', 'task_by_id', () => ['8a1c1a7e-6fb2-4b2c-8b0f-b1e4a2a5b111'], 10],
  ['the tools of a day', 'tools', day, 3 * ofADay],
  ['the days of a week', 'cost_by_day_of_runs', () => [today(), today()], 200],
  ['the users of a day', 'cost_by_user_of_runs', () => [today(), today()], 300],
  ['the calls of a day whose cost is stated', 'stated_calls', day, 2 * ofADay],
  ['the calls without usage of a day', 'uncounted_calls', day, 3 * ofADay],
  ['the events of a run', 'events_after', () => ['wf-20000', '0', 500], 10],
  [
    'the events of runs',
    'events_of_runs',
    () => [
      ['wf-1', 'wf-20000'],
      ['0', '0'],
    ],
    20,
  ],
  ['the tools of a day with their last failures', 'tool_rows', day, 4 * ofADay],
  ['the agents of a day with their last failures', 'agent_rows', day, 3 * ofADay],
  ['how a run stands', 'run_state', () => ['wf-20000'], 10],
  ['the events of a run with their spans', 'run_events_after', () => ['wf-20000', '0', 500], 10],
  ['the missing events of a run', 'missing_events', () => ['wf-20000', '1'], 10],
  ['the sums of a run', 'run_call_sums', () => ['8a1c1a7e-6fb2-4b2c-8b0f-b1e4a2a5b111'], 10],
  ['the values of filters', 'facets', () => [null, null], 11_000],
  ['the newest numbers', 'newest_runs', () => [['wf-20000']], 8_000],
] as const)('%s are read by an index, not by looking at all rows', async (_, name, values, most) => {
  expect(await rowsRead(queryStatement(name), values())).toBeLessThan(most)
})

test.each(costDimensions.filter((one) => one !== 'mode'))(
  'the costs of a day by %s are read by an index',
  async (by) => {
    expect(await rowsRead(queryStatement('cost_rows'), [by, ...day(), false, 'UTC'])).toBeLessThan(2 * ofADay)
  },
)

test.each([
  ['a workflow', () => ['wf-20000', null]],
  ['a trace', () => ['x', '0af76519-16cd-43dd-8448-eb211c80319c']],
] as const)('the traces of %s are read by an index', async (_, values) => {
  expect(await rowsRead(statement('traces_by_id'), values())).toBeLessThan(20)
})

const anyRun: RunFilter = {
  ...{ status: null, user: null, session: null, model: null, provider: null, mode: null, tool: null, agent: null },
  ...{ workflow: null, text: null, sinceMs: null, untilMs: null },
}
const firstPage: RunPageRequest = { sort: 'started', isAscending: false, limit: 30, after: null, before: null }
const inTheMiddle: RunCursor = {
  sort: 'started',
  key: new Date(lastMs - 30 * dayMs).toISOString(),
  id: '00000000-0000-0000-0000-000000000000',
  boundedSince: null,
}

test.each([
  ['the newest runs', {}, {}, 300],
  ['a page in the middle', {}, { after: inTheMiddle }, 300],
  ['a page before it', {}, { before: inTheMiddle }, 300],
  ['the runs of a session', { session: 's-7' }, {}, 3_000],
  ['the runs of a day that failed', { status: 'FAILED', sinceMs: lastMs - dayMs }, {}, 3 * ofADay],
  ['the dearest runs of a day', { sinceMs: lastMs - dayMs }, { sort: 'cost' }, 3 * ofADay],
  ['the runs whose ids begin alike', { workflow: 'wf-1999' }, {}, 300],
] as const)('%s of the page are read by an index', async (_, filter, page, most) => {
  await using opened = openTestDatabase(database.url)
  const { sql } = await listRuns(opened, { ...anyRun, ...filter }, { ...firstPage, ...page })
  expect(await rowsRead(sql, [])).toBeLessThan(most)
})
