import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { configOf } from '../support/config.ts'
import { migratedDefault } from '../support/migrated.ts'
import { newSpanId, type SpanSketch, smallRun, tracesRequest } from '../support/otlp.ts'
import {
  deletePlatformRows,
  describeTables,
  makePlatform,
  platformColumns,
  platformNow,
  platformRows,
  platformSql,
  type Variant,
} from '../support/platform.ts'
import { connect, emptyDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { recordingNames, requestsOf } from '../support/recordings.ts'
import { piecesOf, rearrange } from '../support/replay.ts'
import { sendAll } from '../support/send.ts'
import { verifyRecordings } from '../support/verify.ts'

const variants: readonly Variant[] = ['newer', 'older']
const ada = '11111111-1111-4111-8111-111111111111'
const hour = 3_600_000

/** A finished run for a user with a call of 10 + 5 tokens and a tool. */
function runFor(user: string, workflow: string, startMs: number = Date.now() - 1000): SpanSketch[] {
  const [root, ...rest] = smallRun(workflow, startMs)
  const { traceId, spanId } = root!
  const attributes = { 'step.type': 'tool', tool_name: 'search', tool_args: '{"q": 1}', tool_result: '{"hits": 2}' }
  return [
    { ...root!, attributes: { ...root!.attributes, user_id: user, mode: 'SIMPLE', complexity_score: 0.2 } },
    ...rest,
    {
      ...{
        traceId,
        parentSpanId: spanId,
        spanId: newSpanId(),
        name: 'tool',
        startMs: startMs + 10,
        endMs: startMs + 30,
      },
      attributes,
      error: 'nothing found',
    },
  ]
}

const prices = { SPANLEDGER_PRICES: JSON.stringify({ 'gpt-4o-mini': { input: 1000, output: 1000 } }) }

async function one(client: pg.Client, sql: string, values: unknown[] = []): Promise<Record<string, unknown>> {
  const { rows } = await client.query(sql, values)
  expect(rows, sql).toHaveLength(1)
  return rows[0]
}

describe.each(variants)('a platform with %s tables', (variant) => {
  test('gets columns and indexes, and loses or changes nothing', async () => {
    await using database = await emptyDatabase()
    await using client = await connect(database.url)
    await makePlatform(client, variant)
    const [before, columns, rows] = [
      await describeTables(client),
      await platformColumns(client),
      await platformRows(client),
    ]
    await migratedDefault(configOf({ DATABASE_URL: database.url }))
    const after = new Set(await describeTables(client))
    expect(before.filter((line) => !after.has(line))).toEqual([])
    expect(await platformRows(client, columns)).toEqual(rows)
    // a row has no time and no exact money that nobody gave it
    expect(await one(client, 'select created_at is null as undated from tool_executions')).toEqual({
      undated: variant === 'older',
    })
    expect(await one(client, 'select count(cost_nano_usd)::int as n from token_usage')).toEqual({ n: 0 })
  })

  test('recordings give the rows that they must, in any order, and its own rows stay as they are', async () => {
    await using database = await emptyDatabase()
    await using client = await connect(database.url)
    await makePlatform(client, variant)
    const [columns, rows] = [await platformColumns(client), await platformRows(client)]
    await using receiver = await openTestReceiver(database.url)
    const names = recordingNames('hand-')
    const requests = rearrange(piecesOf(names), { seed: 3, duplicate: 0.3, variants: 0.2 })
    expect(await sendAll(requests, [receiver.http], { parallel: 2 })).toMatchObject({ failed: [], rejected: 0 })
    await sendAll(names.flatMap(requestsOf), [receiver.http])
    expect(await platformRows(client, columns)).toEqual(rows)
    if (variant === 'older') {
      const { rows: unlike } = await client.query(
        `select o.id from tool_executions o join task_executions t on t.workflow_id = o.workflow_id
         where (o.task_execution_id, o.executed_at) is distinct from (t.id, o.created_at) or o.error_message is distinct from o.error`,
      )
      expect(unlike).toEqual([])
    }
    await client.query('begin')
    await deletePlatformRows(client)
    expect(await verifyRecordings(client, names)).toEqual([])
  })

  test('every question has one answer over its rows and ours', async () => {
    await using database = await emptyDatabase()
    await using client = await connect(database.url)
    await makePlatform(client, variant)
    // the same on Spanledger's own tables: the runs first, then the platform's rows
    await using reference = await emptyDatabase()
    await using other = await connect(reference.url)
    await migratedDefault(configOf({ DATABASE_URL: reference.url }))
    const [users, ...others] = platformSql('rows').split(/(?=insert into (?:task_executions|usage_daily))/)
    await other.query(users!)
    const spans = [
      ...runFor('ada', 'ours'),
      ...runFor(ada, 'ours by id', Date.now() - 26 * hour),
      ...runFor('carol', 'ours of carol'),
    ]
    for (const { url } of [database, reference]) {
      await using receiver = await openTestReceiver(url, prices)
      expect(await sendAll([tracesRequest(spans)], [receiver.http])).toMatchObject({ ok: 1, rejected: 0 })
    }
    await other.query(others[0]!)
    await other.query(platformSql('newer-rows'))
    for (const query of platformSql('queries').split('\n\n').slice(1)) {
      const ask = async (of: pg.Client) => {
        const id = query.includes('workflow_id = $1') ? ['ours'] : query.includes('$1') ? [ada] : []
        const { rows } = await of.query(query, id)
        return rows.map((row) => JSON.stringify(row)).sort()
      }
      expect(await ask(client), query).toEqual(await ask(other))
    }
    const spent = await one(
      client,
      'select sum(total_cost_usd) as cost, count(*)::int as tasks from task_executions t join users u on u.id = t.user_id where u.email = $1',
      ['ada@example.org'],
    )
    expect(spent).toEqual({ cost: '1.780000', tasks: 4 })
  })

  test('a run whose id arrives late moves, though foreign keys point to its task', async () => {
    await using database = await emptyDatabase()
    await using client = await connect(database.url)
    await makePlatform(client, variant)
    await using receiver = await openTestReceiver(database.url)
    const [root, ...below] = runFor('ada', 'late')
    for (const spans of [below, [root!]]) {
      expect(await sendAll([tracesRequest(spans)], [receiver.http])).toMatchObject({ ok: 1, rejected: 0 })
    }
    const ours = "from task_executions where substr(id::text, 15, 1) = '8'"
    expect(await one(client, `select workflow_id, total_tokens, tools_invoked ${ours}`)).toEqual({
      workflow_id: 'late',
      total_tokens: 15,
      tools_invoked: 1,
    })
  })
})

test('an older platform reads output as JSON, the error and the time where it looks for them', async () => {
  await using database = await emptyDatabase()
  await using client = await connect(database.url)
  await makePlatform(client, 'older')
  await using receiver = await openTestReceiver(database.url)
  const start = Date.now() - 1000
  const [root, call, tool] = runFor('ada', 'wf', start)
  const plain = {
    ...tool!,
    spanId: newSpanId(),
    attributes: { 'step.type': 'tool', tool_name: 'echo', tool_result: 'just text' },
  }
  await sendAll([tracesRequest([root!, call!, tool!, plain])], [receiver.http])
  const { rows } = await client.query(
    `select o.tool_name, o.output, o.error_message, o.executed_at, t.workflow_id
     from tool_executions o join task_executions t on t.id = o.task_execution_id where t.workflow_id = 'wf' order by 1`,
  )
  const same = { error_message: 'nothing found', executed_at: new Date(start + 30), workflow_id: 'wf' }
  expect(rows).toEqual([
    { tool_name: 'echo', output: 'just text', ...same },
    { tool_name: 'search', output: { hits: 2 }, ...same },
  ])
})

describe('users', () => {
  test('are found again by their external id, and by their own id', async () => {
    await using database = await emptyDatabase()
    await using client = await connect(database.url)
    await makePlatform(client, 'newer')
    await using receiver = await openTestReceiver(database.url)
    const spans = ['ada', ada, ada.toUpperCase()].flatMap((user, i) => runFor(user, `of ada ${i}`))
    await sendAll([tracesRequest(spans)], [receiver.http])
    const { rows } = await client.query("select distinct user_id from task_executions where workflow_id like 'of ada%'")
    expect(rows).toEqual([{ user_id: ada }])
    expect(await one(client, 'select count(*)::int as n from users')).toEqual({ n: 2 })
  })

  test('who are removed are made again, and no span is refused for it', async () => {
    await using database = await emptyDatabase()
    await using client = await connect(database.url)
    await makePlatform(client, 'newer')
    await using receiver = await openTestReceiver(database.url)
    await sendAll([tracesRequest(runFor('eve', 'eve 1'))], [receiver.http])
    await client.query(`
      delete from token_usage where task_id in (select id from task_executions where workflow_id = 'eve 1');
      delete from event_logs where workflow_id = 'eve 1'; delete from task_executions where workflow_id = 'eve 1';
      delete from usage_daily_aggregates where user_id = (select id from users where external_id = 'eve');
      delete from users where external_id = 'eve'`)
    expect(await sendAll([tracesRequest(runFor('eve', 'eve 2'))], [receiver.http])).toMatchObject({
      ok: 1,
      rejected: 0,
    })
    const made =
      "select external_id from task_executions t join users u on u.id = t.user_id where workflow_id = 'eve 2'"
    expect(await one(client, made)).toEqual({ external_id: 'eve' })
  })
})

describe('a run that the platform has written itself', () => {
  test('keeps its row; events, calls and tools are added under it, and nothing is refused', async () => {
    await using database = await emptyDatabase()
    await using client = await connect(database.url)
    await makePlatform(client, 'newer')
    const [columns, rows] = [await platformColumns(client), await platformRows(client)]
    await using receiver = await openTestReceiver(database.url)
    const [root, ...below] = runFor('ada', 'theirs-today')
    for (const spans of [[root!], below, runFor('ada', 'theirs-failed'), runFor('bob', 'ours')]) {
      expect(await sendAll([tracesRequest(spans)], [receiver.http])).toMatchObject({ ok: 1, rejected: 0 })
    }
    expect(await platformRows(client, columns)).toEqual(rows)
    const ours = "substr(id::text, 15, 1) = '8'"
    const id = '33333333-3333-4333-8333-333333333333'
    expect(
      await one(client, `select prompt_tokens, user_id from token_usage where task_id = $1 and ${ours}`, [id]),
    ).toEqual({
      prompt_tokens: 10,
      user_id: ada,
    })
    expect(
      await one(client, `select tool_name from tool_executions where workflow_id = 'theirs-today' and ${ours}`),
    ).toEqual({
      tool_name: 'search',
    })
    const events = await client.query(
      `select type, seq, task_id from event_logs where workflow_id = 'theirs-today' and ${ours} order by seq`,
    )
    expect(events.rows.map(({ type }) => type)).toContain('task.completed')
    for (const { seq, task_id } of events.rows) {
      expect(Number(seq)).toBeGreaterThan(2 ** 40)
      expect(task_id).toBe(id)
    }
    // its tokens are no part of a day of ours
    expect(
      (await client.query(`select * from usage_daily_aggregates where user_id = $1 and ${ours}`, [ada])).rows,
    ).toEqual([])
    expect(receiver.counters()).toMatchObject({ unbalanced: 0, refused: {} })
    expect(receiver.counters().warnings).toBeGreaterThan(0)
  })

  test('and begins in a transaction that is still open, is waited for', async () => {
    await using database = await emptyDatabase()
    await using client = await connect(database.url)
    await using watcher = await connect(database.url)
    await makePlatform(client, 'newer')
    await using receiver = await openTestReceiver(database.url)
    await client.query('begin')
    await client.query("insert into task_executions (workflow_id, query, status) values ('both', 'theirs', 'RUNNING')")
    const sending = sendAll([tracesRequest(runFor('ada', 'both'))], [receiver.http])
    const waiting =
      "select from pg_stat_activity where wait_event_type = 'Lock' and query ilike 'copy task_executions%'"
    await expect.poll(async () => (await watcher.query(waiting)).rows.length).toBe(1)
    await client.query('commit')
    expect(await sending).toMatchObject({ ok: 1, rejected: 0 })
    const row =
      "select query, total_tokens, (select count(*)::int from token_usage u where u.task_id = t.id) as calls from task_executions t where workflow_id = 'both'"
    expect(await one(client, row)).toEqual({ query: 'theirs', total_tokens: 0, calls: 1 })
  })

  test('has numbered its events already: both keep their numbers', async () => {
    await using database = await emptyDatabase()
    await using client = await connect(database.url)
    await makePlatform(client, 'newer')
    await client.query(`
      insert into event_logs (workflow_id, type, seq) values ('numbered', 'task.started', 1), ('numbered', 'tool.called', 3)`)
    await using receiver = await openTestReceiver(database.url)
    expect(await sendAll([tracesRequest(runFor('ada', 'numbered'))], [receiver.http])).toMatchObject({
      ok: 1,
      rejected: 0,
    })
    const counted =
      'select count(*)::int as n, count(distinct (type, seq))::int as different from event_logs where workflow_id = $1'
    const { n, different } = await one(client, counted, ['numbered'])
    expect(n).toBe(different)
    expect(n).toBeGreaterThan(4)
  })
})

describe('days', () => {
  test('that the platform has written stay as they are; others are the sums of our tasks', async () => {
    await using database = await emptyDatabase()
    await using client = await connect(database.url)
    await makePlatform(client, 'newer')
    const [columns, rows] = [await platformColumns(client), await platformRows(client)]
    await using receiver = await openTestReceiver(database.url)
    const now = platformNow.getTime()
    await sendAll([tracesRequest([...runFor('ada', 'a', now - hour), ...runFor('bob', 'b', now)])], [receiver.http])
    expect(await platformRows(client, columns)).toEqual(rows)
    const of =
      'select total_tasks, total_tokens from usage_daily_aggregates d join users u on u.id = user_id where external_id = $1'
    expect(await one(client, of, ['bob'])).toEqual({ total_tasks: 1, total_tokens: 15 })
    expect(receiver.counters().warnings).toBeGreaterThan(0)
    // the platform adds to a day that we have made: it is the platform's from now on
    await client.query(
      'update usage_daily_aggregates set total_tasks = total_tasks + 1, total_tokens = total_tokens + 100 where total_tokens = 15',
    )
    await sendAll([tracesRequest(runFor('bob', 'c', now))], [receiver.http])
    expect(await one(client, of, ['bob'])).toEqual({ total_tasks: 2, total_tokens: 115 })
  })

  test('that a trigger sums up are not counted twice', async () => {
    await using database = await emptyDatabase()
    await using client = await connect(database.url)
    await makePlatform(client, 'newer')
    await client.query(`
      create function sum_day() returns trigger language plpgsql as $$
      begin
        insert into usage_daily_aggregates as d (user_id, date, total_tasks, total_tokens)
        values (new.user_id, (new.started_at at time zone 'UTC')::date, 1, new.total_tokens)
        on conflict (user_id, date) do update set
          total_tasks = d.total_tasks + case when tg_op = 'INSERT' then 1 else 0 end,
          total_tokens = d.total_tokens + new.total_tokens - case when tg_op = 'INSERT' then 0 else old.total_tokens end;
        return null;
      end $$;
      create trigger sum_day after insert or update on task_executions for each row
      when (new.user_id is not null) execute function sum_day()`)
    await using receiver = await openTestReceiver(database.url)
    const [root, call] = runFor('bob', 'b')
    const running = { ...call!, attributes: { ...call!.attributes, workflow_id: 'b', user_id: 'bob' } }
    for (const spans of [[running], [root!]]) await sendAll([tracesRequest(spans)], [receiver.http])
    const day =
      "select total_tasks, total_tokens from usage_daily_aggregates where user_id = (select id from users where external_id = 'bob')"
    expect(await one(client, day)).toEqual({ total_tasks: 1, total_tokens: 15 })
    // what the trigger leaves empty is filled
    const rest = day.replace(
      'total_tasks, total_tokens',
      'tools_invoked, tool_distribution, model_usage, cache_hit_rate',
    )
    const filled = (tools: number, runs: object, tokens: number) => ({
      ...{
        tools_invoked: tools,
        tool_distribution: runs,
        model_usage: { 'gpt-4o-mini': tokens },
        cache_hit_rate: '0.00',
      },
    })
    expect(await one(client, rest)).toEqual(filled(0, {}, 15))
    await sendAll([tracesRequest(runFor('bob', 'b2'))], [receiver.http])
    expect(await one(client, rest)).toEqual(filled(1, { search: 1 }, 30))
    await client.query(
      day.replace('select total_tasks, total_tokens from', 'update').replace('where', 'set tools_invoked = 9 where'),
    )
    await sendAll([tracesRequest(runFor('bob', 'b3'))], [receiver.http])
    expect(await one(client, rest)).toEqual(filled(9, { search: 2 }, 45))
  })
})

test('a platform that goes on writing meets no error and no changed row', async () => {
  await using database = await emptyDatabase()
  await using client = await connect(database.url)
  await makePlatform(client, 'older')
  await using receiver = await openTestReceiver(database.url)
  const theirs = async (n: number) => {
    const { rows } = await client.query<{ id: string }>(
      "insert into task_executions (workflow_id, user_id, query, status, total_tokens) values ($1, $2, 'q', 'COMPLETED', 7) on conflict (workflow_id) do nothing returning id",
      [`run ${n}`, ada],
    )
    if (rows.length === 0) return
    const id = rows[0]!.id
    await client.query("insert into event_logs (workflow_id, task_id, type, seq) values ($1, $2, 'task.started', 1)", [
      `run ${n}`,
      id,
    ])
    await client.query(
      "insert into token_usage (user_id, task_id, provider, model, prompt_tokens, completion_tokens, total_tokens, cost_usd) values ($1, $2, 'p', 'm', 7, 0, 7, 1)",
      [ada, id],
    )
    await client.query('insert into tool_executions (task_execution_id, tool_name) values ($1, $2)', [id, 'theirs'])
    await client.query('insert into users (external_id) values ($1) on conflict (external_id) do nothing', [
      `user ${n}`,
    ])
  }
  const numbers = Array.from({ length: 40 }, (_, n) => n)
  const platform = (async () => {
    for (const n of numbers) await theirs(n)
  })()
  const requests = numbers.map((n) => tracesRequest(runFor(`user ${n}`, `run ${(n + 5) % 40}`)))
  const sent = await sendAll(requests, [receiver.http], { parallel: 4 })
  await platform
  expect(sent).toMatchObject({ ok: 40, rejected: 0, failed: [] })
  const sums = `
    select count(*)::int as tasks, count(*) filter (where substr(id::text, 15, 1) = '4' and total_tokens <> 7)::int as changed,
      count(*) filter (where substr(id::text, 15, 1) = '8' and total_tokens <> 15)::int as mixed
    from task_executions where workflow_id like 'run %'`
  expect(await one(client, sums)).toEqual({ tasks: 40, changed: 0, mixed: 0 })
  const calls = `
    select count(*) filter (where total_tokens = 15)::int as ours, count(distinct external_id)::int as users
    from token_usage u join users on users.id = user_id where substr(u.id::text, 15, 1) = '8'`
  expect(await one(client, calls)).toEqual({ ours: 40, users: 40 })
})
