/**
 * Times what people ask at a terminal, on a ledger of a million tasks: the queries alone, and each command as a process
 * from its start to its end. `npm run bench:look`; BENCH_TASKS changes how many tasks there are, DATABASE_URL names a server.
 */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { listTasks, readTask } from '../../src/queries/runs/tasks.ts'
import { costDimensions } from '../../src/queries/sums/cost-dimensions.ts'
import { readCosts, readUncountedCalls } from '../../src/queries/sums/costs.ts'
import { readAgents, readTools } from '../../src/queries/sums/tools.ts'
import { refreshRollups } from '../../src/rollups/refresh.ts'
import type { Database } from '../../src/store/database.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { connect } from '../support/postgres.ts'
import { openServer } from './server.ts'

const tasks = Number(process.env.BENCH_TASKS ?? 1_000_000)
const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const program = 'dist/cli.js'
const dayMs = 86_400_000
/** What is promised. */
const mostMs = 300

await using server = await openServer()
const url = await server.newDatabase('bench_look')
await using database = openPostgres({ url, connections: 4, connectTimeoutMs: 60_000, description: 'bench' })
await migrate(database)
await fill()
await refreshRollups(database)

/** So many tasks in 30 days, a call each, and a tool run and an agent for every fourth. */
async function fill(): Promise<void> {
  await using client = await connect(url)
  const at = `now() - (${tasks} - n) * interval '30 days' / ${tasks}`
  const id = (beginning: string) => `('${beginning}-0000-8000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`
  const user = `('00000000-0000-8000-8000-' || lpad((n % 1000 + 1)::text, 12, '0'))::uuid`
  const rows = (step: number) => `from generate_series(1, ${tasks}, ${step}) as n`
  await client.query(`
    set search_path = spanledger, public; set synchronous_commit = off; set work_mem = '256MB';
    insert into users (id, external_id) select ('00000000-0000-8000-8000-' || lpad(n::text, 12, '0'))::uuid, 'user-' || n from generate_series(1, 1000) as n;
    insert into task_executions (id, workflow_id, user_id, session_id, query, mode, status, started_at, completed_at, created_at, model_used, total_tokens, total_cost_nano_usd, metadata)
      select ${id('02900000')}, 'wf-' || n, ${user}, 's-' || n % 100000, 'What is the weather?', 'MODE-' || n % 4, (array['COMPLETED', 'FAILED'])[(n % 50 = 0)::int + 1], ${at}, ${at}, ${at}, 'model-' || n % 7, 1500, 100000, '{"service": "bench"}' ${rows(1)};
    insert into token_usage (id, task_id, workflow_id, user_id, provider, model, prompt_tokens, completion_tokens, total_tokens, cost_usd, cost_nano_usd, created_at, agent_id, unpriced)
      select ${id('01900000')}, ${id('02900000')}, 'wf-' || n, ${user}, 'p', 'model-' || n % 7, 1000, 500, 1500, 0.0001, 100000, ${at}, 'agent-' || n % 9, n % 1000 = 0 ${rows(1)};
    insert into tool_executions (id, workflow_id, tool_name, success, error, duration_ms, created_at)
      select ${id('03900000')}, 'wf-' || n, 'tool-' || n % 20, n % 10 <> 0, 'e', n % 500, ${at} ${rows(4)};
    insert into agent_executions (id, workflow_id, agent_id, input, state, duration_ms, created_at)
      select ${id('04900000')}, 'wf-' || n, 'agent-' || n % 9, '', 'COMPLETED', n % 500, ${at} ${rows(4)};
    insert into usage_daily_aggregates (id, user_id, date, total_tasks, total_tokens, total_cost_usd)
      select gen_random_uuid(), ('00000000-0000-8000-8000-' || lpad(u::text, 12, '0'))::uuid, current_date - d, 30, 45000, 0.003
      from generate_series(1, 1000) as u, generate_series(0, 29) as d;
    insert into days (user_id, date, state)
      select user_id, date, '{"tasks":30,"successful":29,"failed":1,"tokens":45000,"costNano":{"$int":"3000000"},"tools":8,"durationMs":30000,"ended":30,"calls":30,"cacheHits":0,"models":{"$map":[["model-1",15000],["model-2",15000],["model-3",15000]]},"toolRuns":{"$map":[["tool-1",4],["tool-2",4]]}}'
      from usage_daily_aggregates;
  `)
  await client.query('vacuum analyze')
  await client.query('checkpoint')
}

const untilMs = Date.now()
const period = (days: number, timeZone = 'UTC') => {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
  const first = day(untilMs - (days - 1) * dayMs)
  return { sinceMs: Date.parse(first), untilMs, timeZone, days: { first, last: day(untilMs) } }
}
const noFilter = { status: null, user: null, session: null, model: null, mode: null, sinceMs: null, untilMs: null }
const page = { limit: 30, after: null }

const questions: readonly (readonly [string, (database: Database) => Promise<unknown>])[] = [
  ['tasks', (one) => listTasks(one, noFilter, page)],
  [
    'tasks --status failed --since 24h',
    (one) => listTasks(one, { ...noFilter, status: 'FAILED', sinceMs: untilMs - dayMs }, page),
  ],
  ['tasks --user user-7', (one) => listTasks(one, { ...noFilter, user: 'user-7' }, page)],
  ['task wf-500000', (one) => readTask(one, `wf-${tasks / 2}`)],
  ...[7, 30].flatMap((days) =>
    costDimensions.map(
      (by) => [`cost --by ${by} --since ${days}d`, (one: Database) => readCosts(one, by, period(days))] as const,
    ),
  ),
  ...(['day', 'user', 'model'] as const).map(
    (by) =>
      [
        `cost --by ${by} --since 30d --timezone Asia/Kolkata`,
        (one: Database) => readCosts(one, by, period(30, 'Asia/Kolkata')),
      ] as const,
  ),
  ...[7, 30].map(
    (days) =>
      [`the calls without usage, --since ${days}d`, (one: Database) => readUncountedCalls(one, period(days))] as const,
  ),
  ['tools --since 7d', (one) => readTools(one, period(7))],
  ['tools --since 30d', (one) => readTools(one, period(30))],
  ['agents --since 7d', (one) => readAgents(one, period(7))],
  ['agents --since 30d', (one) => readAgents(one, period(30))],
]

function median(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const beganMs = performance.now()
    await work()
    // the first one reads from disk and makes plans
    if (round > 0) times.push(performance.now() - beganMs)
  }
  return median(times)
}

const execute = promisify(execFile)
const env = { PATH: process.env.PATH ?? '', DATABASE_URL: url }
const nothing = await timed(() => execute(process.execPath, ['-e', '0']))
console.log(`${tasks} tasks in 30 days; Node.js alone takes ${nothing.toFixed(0)} ms; medians of ${rounds}\n`)
console.log(`| question | query, ms | process, ms | |\n| --- | ---: | ---: | --- |`)
for (const [name, ask] of questions) {
  const queryMs = await timed(() => ask(database))
  const isCommand = !name.startsWith('the ')
  const processMs = isCommand
    ? await timed(() => execute(process.execPath, [program, ...name.split(' ')], { env }))
    : null
  const verdict = (processMs ?? queryMs) <= mostMs ? '' : queryMs <= mostMs ? 'Node.js starts' : 'slow'
  console.log(`| \`${name}\` | ${queryMs.toFixed(0)} | ${processMs?.toFixed(0) ?? ''} | ${verdict} |`)
}
