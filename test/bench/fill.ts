import { connect } from '../support/postgres.ts'

/** How many tasks are in the tables before anything is measured; 0: none. */
export const tasksBefore = Number(process.env.BENCH_TASKS ?? 0)

const firstMs = 1_780_000_000_000

const tasks = `
  insert into task_executions (id, workflow_id, session_id, query, mode, status, started_at, completed_at, result,
    total_tokens, prompt_tokens, completion_tokens, duration_ms, agents_used, tools_invoked, metadata, created_at)
  select gen_random_uuid(), 'earlier-' || i, 'session-' || i % 100000, 'What is the weather in Lisbon?', 'STANDARD',
    'COMPLETED', began, began + interval '1 second', repeat('Lisbon is 21 C and sunny. ', 8), 1000, 800, 200, 1000, 1, 4,
    '{"service": "bench-agent"}', began
  from generate_series(1, $1::int) as i, to_timestamp($2::float8 / 1000) as first,
    lateral (select first + i * interval '4 seconds' as began) as times`

const workflows = `
  insert into spanledger.workflows (tenant, workflow, task, seq, only_trace, state)
  select '', 'earlier-' || i, gen_random_uuid(), 12, gen_random_uuid(), repeat('x', 400)
  from generate_series(1, $1::int) as i`

const traces = `
  insert into spanledger.traces (tenant, trace, epoch, version)
  select '', gen_random_uuid(), date '2026-06-01', 1 from generate_series(1, $1::int)`

const calls = `
  insert into token_usage (id, task_id, workflow_id, provider, model, prompt_tokens, completion_tokens, total_tokens, cost_usd, cost_nano_usd, created_at, agent_id)
  select gen_random_uuid(), id, workflow_id, 'openai', 'model-' || substr(workflow_id, 9)::int % 7, 800, 200, 1000, 0.001, 1000000, completed_at, 'agent-' || substr(workflow_id, 9)::int % 9
  from task_executions where workflow_id like 'earlier-%';
  insert into tool_executions (id, workflow_id, tool_name, success, duration_ms, created_at)
  select gen_random_uuid(), workflow_id, 'tool-' || substr(workflow_id, 9)::int % 20, true, 10, completed_at
  from task_executions where workflow_id like 'earlier-%';
  analyze token_usage; analyze tool_executions`

/** Fills a database that has our tables with tasks of earlier runs, and what is remembered of each, where BENCH_TASKS asks for it. */
export async function fillTasks(url: string): Promise<void> {
  if (tasksBefore === 0) return
  await using client = await connect(url)
  await client.query(tasks, [tasksBefore, firstMs])
  await client.query(workflows, [tasksBefore])
  await client.query(traces, [tasksBefore])
  await client.query('vacuum analyze')
  await client.query('checkpoint')
}

/** A call and a tool run of each of these tasks. */
export async function fillCalls(url: string): Promise<void> {
  await using client = await connect(url)
  await client.query(calls)
}
