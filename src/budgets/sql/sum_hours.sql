-- Sums up the calls that ended in whole hours, by user, model, workflow name or all together, and returns the values of which
-- a sum has changed, with its day. What retention has removed stays as it was summed up before.
with ranges as materialized (
  select r.since, r.until from unnest($2::timestamptz[], $3::timestamptz[]) as r (since, until)
  where r.since >= coalesce((select max(before) from pruned where name = 'token_usage'), '-infinity')
),
calls as (
  select
    case $1::text
      when 'user' then u.user_id::text
      when 'tenant' then ''
      when 'model' then u.model
      when 'workflow_name' then left(t.metadata::jsonb ->> 'workflow_name', 255)
    end as value,
    date_trunc('hour', u.created_at at time zone 'UTC') at time zone 'UTC' as hour,
    coalesce(nullif(u.cost_nano_usd, 0), (u.cost_usd * 1000000000)::bigint, 0) as nano_usd,
    u.total_tokens as tokens
  from ranges r
  join token_usage u on u.created_at >= r.since and u.created_at < r.until
  left join task_executions t on $1::text = 'workflow_name' and t.id = u.task_id
),
spent as materialized (
  select value, hour, least(sum(nano_usd), 9223372036854775807)::bigint as nano_usd, sum(tokens)::bigint as tokens
  from calls where value is not null
  group by value, hour
),
gone as (
  delete from budget_spend b using ranges r
  where b.dimension = $1::text and b.hour >= r.since and b.hour < r.until
    and not exists (select s.value from spent s where s.value = b.value and s.hour = b.hour)
  returning b.value, b.hour
),
kept as (
  insert into budget_spend as b (dimension, hour, value, nano_usd, tokens)
  select $1::text, hour, value, nano_usd, tokens from spent
  on conflict (dimension, hour, value) do update set nano_usd = excluded.nano_usd, tokens = excluded.tokens
  where b.nano_usd <> excluded.nano_usd or b.tokens <> excluded.tokens
  returning b.value, b.hour
),
changed as (
  select value, hour from gone union all select value, hour from kept
)
select distinct value, (hour at time zone 'UTC')::date::text as day from changed
