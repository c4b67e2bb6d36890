import type pg from 'pg'

/** Law 4, asked of the database itself: each row is a sum that isn't that of its parts. */
const unbalanced = `
  select 'task' as what, t.workflow_id::text as whose from task_executions t
  cross join lateral (
    select coalesce(sum(prompt_tokens), 0)::int as prompt, coalesce(sum(completion_tokens), 0)::int as completion,
      coalesce(sum(total_tokens), 0)::int as total, coalesce(sum(cost_nano_usd), 0)::bigint as cost,
      (count(*) filter (where cache_read_tokens > 0))::int as hits
    from token_usage u where u.task_id = t.id) s
  where (t.prompt_tokens, t.completion_tokens, t.total_tokens, t.total_cost_nano_usd, t.cache_hits)
      is distinct from (s.prompt, s.completion, s.total, s.cost, s.hits)
    or t.tools_invoked <> (select count(*) from tool_executions x where x.workflow_id = t.workflow_id)
    or t.agents_used <> (select count(distinct agent_id) from agent_executions x where x.workflow_id = t.workflow_id)
  union all
  select 'day', coalesce(d.user_id, t.user_id)::text || ' ' || coalesce(d.date, t.date) from usage_daily_aggregates d
  full join (
    select user_id, (started_at at time zone 'UTC')::date as date, count(*)::int as tasks, sum(total_tokens)::int as tokens,
      (count(*) filter (where status = 'COMPLETED'))::int as good, sum(tools_invoked)::int as tools,
      round(avg(duration_ms))::int as average
    from task_executions group by 1, 2) t
  on coalesce(d.user_id::text, '') = coalesce(t.user_id::text, '') and d.date = t.date
  where (d.total_tasks, d.total_tokens, d.successful_tasks, d.tools_invoked, d.avg_duration_ms)
    is distinct from (t.tasks, t.tokens, t.good, t.tools, t.average)
  union all
  select 'parts of the cost', id::text from token_usage
  where price_source is not null and cost_nano_usd is distinct from
    (select coalesce(sum(value::bigint), 0) from jsonb_each_text(cost_parts))
  union all
  select 'parts of the cache writes', id::text from token_usage
  where cache_creation_1h_tokens + cache_creation_5m_tokens <> cache_creation_tokens
  union all
  select 'run of the call', u.id::text from token_usage u join task_executions t on t.id = u.task_id
  where u.workflow_id is distinct from t.workflow_id
  union all
  select 'sequence', task_id::text from (
    select task_id, call_sequence, row_number() over (partition by task_id order by id) as rank from token_usage) u
  where call_sequence <> rank
  union all
  select 'user', u.id::text from token_usage u join task_executions t on t.id = u.task_id
  where (u.user_id, u.tenant_id) is distinct from (t.user_id, t.tenant_id)
  union all
  select 'event', concat_ws(' ', e.id, e.type, e.workflow_id, e.task_id, t.id, e.tenant_id, t.tenant_id, e.seq, e.timestamp) from event_logs e left join task_executions t on t.workflow_id = e.workflow_id
  where t.id is distinct from e.task_id or e.tenant_id is distinct from t.tenant_id or e.seq is null`

/** The sums of hours that are kept and up to date, each beside the sum of its rows. `books.` is the schema of the books. */
const unbalancedRollups = `
  with state as (
    select kept_from, kept_until,
      coalesce((select max(before) from books.pruned where name = 'token_usage'), '-infinity') as frozen
    from books.usage_rollup_state),
  stale as (
    select case kind when 'calls' then 'hour' else 'run' end as unit, hour from books.rollup_invalidations
    union select 'day', date_trunc('day', hour, 'UTC') from books.rollup_invalidations where kind = 'calls'),
  units as (
    select case dimension when 'user' then 'day' when 'uncounted' then 'run' else 'hour' end as unit, * from (
      select dimension, hour, key, calls, prompt_tokens, completion_tokens, total_tokens, cache_read_tokens,
        cache_creation_tokens, reasoning_tokens, cost_nano_usd, unpriced_calls, unpriced_tokens, 'kept' as source
      from books.usage_rollups
      union all
      select d.dimension, date_trunc(case d.dimension when 'user' then 'day' else 'hour' end, u.created_at, 'UTC'), coalesce(d.key, ''),
        count(*), sum(u.prompt_tokens), sum(u.completion_tokens), sum(u.total_tokens), coalesce(sum(u.cache_read_tokens), 0),
        coalesce(sum(u.cache_creation_tokens), 0), coalesce(sum(u.reasoning_tokens), 0), sum(u.cost_nano_usd),
        count(*) filter (where u.unpriced), coalesce(sum(u.total_tokens) filter (where u.unpriced), 0), 'rows'
      from token_usage u
      left join task_executions t on t.id = u.task_id
      cross join lateral (values ('model', u.model), ('provider', u.provider), ('service-tier', u.service_tier),
        ('tenant', u.tenant_id::text), ('agent', u.agent_id), ('mode', t.mode), ('user', u.user_id::text)) as d (dimension, key)
      group by 1, 2, 3
      union all
      select 'uncounted', date_trunc('hour', t.started_at, 'UTC'), m.key, sum((m.value ->> 'calls')::bigint),
        0, 0, 0, 0, 0, 0, 0, 0, 0, 'rows'
      from task_executions t
      cross join lateral jsonb_each(t.metadata::jsonb -> 'uncounted_models') m
      group by 1, 2, 3) sums)
  select 'sums of ' || unit as what, concat_ws(' ', dimension, hour, key) as whose
  from units, state
  where hour >= kept_from and hour + case unit when 'day' then interval '1 day' else interval '1 hour' end <= kept_until
    and hour >= frozen and hour >= $1::timestamptz and not exists (select from stale where (stale.unit, stale.hour) = (units.unit, units.hour))
  group by unit, dimension, hour, key
  having count(*) <> 2 or count(distinct (calls, prompt_tokens, completion_tokens, total_tokens, cache_read_tokens,
    cache_creation_tokens, reasoning_tokens, trunc(cost_nano_usd), unpriced_calls, unpriced_tokens)) <> 1`

/** By table, the column with the time of a row. */
const times = {
  task_executions: 'started_at',
  event_logs: 'timestamp',
  token_usage: 'created_at',
  tool_executions: 'created_at',
  agent_executions: 'created_at',
  usage_daily_aggregates: 'date',
}

/** What breaks law 4 in a database: nothing. `since`: only among rows of that time on, where retention removes older ones. */
export async function brokenSums(client: pg.Client, since?: Date): Promise<object[]> {
  const { rows } = await client.query<object>(since === undefined ? unbalanced : onlySince(unbalanced, since))
  return [...rows, ...(await brokenRollups(client, since))]
}

async function brokenRollups(client: pg.Client, since: Date | undefined): Promise<object[]> {
  const found = await client.query<{ schema: string | null }>(`
    select n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.oid = coalesce(to_regclass('usage_rollups'), to_regclass('spanledger.usage_rollups'))`)
  const schema = found.rows[0]?.schema
  // an earlier version has no such sums
  if (schema == null) return []
  const sql = unbalancedRollups.replaceAll('books.', `"${schema}".`)
  return (await client.query<object>(sql, [since?.toISOString() ?? '-infinity'])).rows
}

function onlySince(sql: string, since: Date): string {
  return sql.replace(
    new RegExp(`(from|join) (${Object.keys(times).join('|')}) `, 'g'),
    (_, word: string, table: keyof typeof times) =>
      `${word} (select * from ${table} where ${times[table]} >= '${since.toISOString()}') `,
  )
}
