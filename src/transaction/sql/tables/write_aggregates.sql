-- Updates the row of a day only if no other writer has changed it, and inserts one only where there is none. No key of the
-- table tells two days without a user apart, so those of another writer are looked for: their ids are not of version 8.
-- Returns the number of days whose rows stay as another writer left them. `wanted` is materialized, because Citus inserts
-- nothing that is selected from the table itself.
with day as (
  select * from unnest($1::uuid[], $2::uuid[], $3::date[], $4::int[], $5::int[], $6::int[], $7::int[], $8::numeric[], $9::jsonb[], $10::int[], $11::jsonb[], $12::int[], $13::numeric[], $14::int[], $15::int[])
    as day (id, user_id, date, total_tasks, successful_tasks, failed_tasks, total_tokens, total_cost_usd, model_usage, tools_invoked, tool_distribution, avg_duration_ms, cache_hit_rate, tasks_before, tokens_before)
),
changed as (
  update usage_daily_aggregates d set
    total_tasks = day.total_tasks, successful_tasks = day.successful_tasks, failed_tasks = day.failed_tasks,
    total_tokens = day.total_tokens, total_cost_usd = day.total_cost_usd, model_usage = day.model_usage,
    tools_invoked = day.tools_invoked, tool_distribution = day.tool_distribution,
    avg_duration_ms = day.avg_duration_ms, cache_hit_rate = day.cache_hit_rate
  from day
  where d.id = day.id and d.total_tasks = day.tasks_before and d.total_tokens = day.tokens_before
  returning d.id
),
taken as (
  select day.id from day join usage_daily_aggregates d on d.user_id is null and d.date = day.date
  where day.user_id is null and (d.id = day.id or substr(d.id::text, 15, 1) <> '8')
),
wanted as materialized (
  select * from day where tasks_before = 0 and id not in (select id from taken)
),
made as (
  insert into usage_daily_aggregates
    (id, user_id, date, total_tasks, successful_tasks, failed_tasks, total_tokens, total_cost_usd, model_usage, tools_invoked, tool_distribution, avg_duration_ms, cache_hit_rate)
  select id, user_id, date, total_tasks, successful_tasks, failed_tasks, total_tokens, total_cost_usd, model_usage, tools_invoked, tool_distribution, avg_duration_ms, cache_hit_rate
  from wanted
  on conflict (user_id, date) do nothing
  returning id
)
select (select count(*) from day)::int - (select count(*) from changed)::int - (select count(*) from made)::int as left
