import { expect, test } from 'vitest'
import { newSpanId, smallRun, tracesRequest } from '../../support/otlp.ts'
import { makePlatform } from '../../support/platform.ts'
import { connect, emptyDatabase } from '../../support/postgres.ts'
import { openTestReceiver } from '../../support/receiver.ts'
import { sendAll } from '../../support/send.ts'

const startMs = Date.UTC(2026, 9, 25, 22, 30)

/** A run whose texts are longer than some columns. */
function longRun(workflow: string, mode?: string) {
  const [root, call] = smallRun(workflow, startMs)
  const { traceId, spanId: parentSpanId } = root!
  const tool = { 'step.type': 'tool', tool_name: 'search', tool_args: '{"q": 1}', tool_result: 'plain "text"' }
  return [
    { ...root!, attributes: { ...root!.attributes, user_id: 'ada', ...(mode !== undefined && { mode }) } },
    { ...call!, attributes: { ...call!.attributes, agent_name: 'planner of all' } },
    { traceId, parentSpanId, spanId: newSpanId(), name: 'tool', startMs, endMs: startMs + 30, attributes: tool },
  ]
}

const differences = `
  do $$ begin execute format('alter database %I set timezone = ''Asia/Tokyo''', current_database()); end $$;
  create type task_status as enum ('RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED');
  alter table task_executions
    add column priority integer not null default 3,
    alter column status type task_status using status::task_status,
    alter column started_at drop default, alter column started_at type timestamp,
    alter column total_tokens type bigint,
    alter column total_cost_usd type double precision,
    alter column metadata type json,
    alter column session_id type text,
    alter column mode set default 'STANDARD', alter column mode set not null,
    alter column error_message type text using coalesce(error_message, 'none'), alter column error_message set default 'none', alter column error_message set not null;
  alter table token_usage
    drop column total_tokens, add column total_tokens integer generated always as (prompt_tokens + completion_tokens) stored,
    alter column model type varchar(6) using left(model, 6),
    alter column cost_usd type numeric(8,3),
    alter column created_at type timestamp,
    alter column prompt_tokens type smallint;
  alter table event_logs
    alter column payload drop default, alter column payload type json,
    add column agent_id_2 text, alter column agent_id type varchar(7),
    alter column timestamp type timestamp;
  alter table tool_executions
    alter column output type json using to_json(output), alter column input_params type text, alter column duration_ms type numeric(12,1);
  alter table usage_daily_aggregates alter column total_cost_usd type numeric(8,2), alter column model_usage type json, alter column total_tokens type bigint;`

test('columns of other types are filled as they are', async () => {
  await using database = await emptyDatabase()
  await using client = await connect(database.url)
  await makePlatform(client, 'newer')
  await client.query(differences)
  await using receiver = await openTestReceiver(database.url)
  const [root, call, tool] = longRun('wf')
  for (const span of [tool, root, call]) {
    expect(await sendAll([tracesRequest([span!])], [receiver.http])).toMatchObject({ ok: 1, rejected: 0 })
  }
  const { rows } = await client.query(
    `select t.status::text, t.started_at::text, t.total_tokens::text, t.mode, t.error_message, t.priority, t.metadata ->> 'service' as service,
       u.model, u.total_tokens as tokens, u.created_at::text, o.output #>> '{}' as output, o.input_params, o.duration_ms::text,
       (select string_agg(distinct agent_id, ',') from event_logs e where e.workflow_id = t.workflow_id) as agents,
       (select min(timestamp)::text from event_logs e where e.workflow_id = t.workflow_id) as first
     from task_executions t join token_usage u on u.task_id = t.id join tool_executions o on o.workflow_id = t.workflow_id where t.workflow_id = 'wf'`,
  )
  expect(rows).toEqual([
    {
      ...{ status: 'COMPLETED', started_at: '2026-10-25 22:30:00', total_tokens: '15', mode: 'STANDARD' },
      ...{ error_message: 'none', priority: 3, service: 'test-agent', model: 'gpt-4o', tokens: 15 },
      ...{ created_at: '2026-10-25 22:30:00.4', output: 'plain "text"', input_params: '{"q": 1}', duration_ms: '30.0' },
      ...{ agents: 'planner', first: '2026-10-25 22:30:00' },
    },
  ])
  const day =
    "select date::text, total_tokens::int from usage_daily_aggregates d join users u on u.id = user_id where external_id = 'ada' and date < '2026-10-30'"
  expect((await client.query(day)).rows).toEqual([{ date: '2026-10-25', total_tokens: 15 }])
})

test('a table that changes while the receiver runs is written as it is then', async () => {
  await using database = await emptyDatabase()
  await using client = await connect(database.url)
  await using receiver = await openTestReceiver(database.url)
  await sendAll([tracesRequest(longRun('before'))], [receiver.http])
  await client.query('alter table token_usage alter column prompt_tokens type bigint')
  expect(await sendAll([tracesRequest(longRun('after'))], [receiver.http])).toMatchObject({ ok: 1, rejected: 0 })
  const { rows } = await client.query('select prompt_tokens from token_usage')
  expect(rows).toEqual([{ prompt_tokens: '10' }, { prompt_tokens: '10' }])
})

test('a value that a rule of the platform refuses harms no other span', async () => {
  await using database = await emptyDatabase()
  await using client = await connect(database.url)
  await makePlatform(client, 'newer')
  await client.query(`
    alter table task_executions add check (mode in ('SIMPLE', 'STANDARD', 'COMPLEX'));
    create function no_numbers() returns trigger language plpgsql as $$
    begin
      if to_jsonb(new)::text ~ 'forbidden' then raise exception 'forbidden'; end if;
      return new;
    end $$;
    create trigger no_numbers before insert on event_logs for each row execute function no_numbers()`)
  await using receiver = await openTestReceiver(database.url)
  const [root, call] = longRun('noisy')
  const spans = [...longRun('odd', 'ODD'), ...longRun('even', 'SIMPLE'), root!, { ...call!, error: 'forbidden' }]
  expect(await sendAll([tracesRequest(spans)], [receiver.http])).toMatchObject({ ok: 1, rejected: 2, failed: [] })
  const { rows } = await client.query(
    "select workflow_id, status, mode from task_executions where user_id is not null and workflow_id not like 'theirs%'",
  )
  expect(rows).toContainEqual({ workflow_id: 'even', status: 'COMPLETED', mode: 'SIMPLE' })
  expect(rows).toContainEqual({ workflow_id: 'noisy', status: 'COMPLETED', mode: null })
  expect(receiver.counters()).toMatchObject({
    unbalanced: 0,
    items: { traces: { received: 8, committed: 6, refused: 2 } },
  })
})

test.each([
  [
    'a column that nobody fills',
    'alter table users add column plan text not null default 1; alter table users alter column plan drop default',
    /users\.plan must not be null and has no default/,
  ],
  [
    'a user that not every run has',
    'delete from task_executions where user_id is null; alter table task_executions alter column user_id set not null',
    /task_executions\.user_id must not be null.*alter column user_id drop not null/,
  ],
  [
    'ids that are no UUIDs',
    'alter table event_logs alter column id drop default, alter column id type text',
    /event_logs\.id has the type text; Spanledger needs uuid/,
  ],
  [
    'a type that nothing becomes',
    'alter table tool_executions alter column duration_ms type point using null',
    /tool_executions has a column whose type can't be filled/,
  ],
])('%s stops the start, with what to do', async (_, change, message) => {
  await using database = await emptyDatabase()
  await using client = await connect(database.url)
  await makePlatform(client, 'newer')
  await client.query(change)
  await expect(openTestReceiver(database.url)).rejects.toThrow(message)
})
