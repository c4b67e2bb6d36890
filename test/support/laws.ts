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
  return (await client.query<object>(since === undefined ? unbalanced : onlySince(unbalanced, since))).rows
}

function onlySince(sql: string, since: Date): string {
  return sql.replace(
    new RegExp(`(from|join) (${Object.keys(times).join('|')}) `, 'g'),
    (_, word: string, table: keyof typeof times) =>
      `${word} (select * from ${table} where ${times[table]} >= '${since.toISOString()}') `,
  )
}
