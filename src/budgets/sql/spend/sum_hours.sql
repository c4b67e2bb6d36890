-- Sums up the calls that ended in a time of whole hours, by user, model, workflow name or all together, and returns the sums
-- that are stored otherwise; those without a sum have no call any more. What retention has removed stays as it was summed up.
with kept_from as (
  select coalesce(max(before), '-infinity') as time from pruned where name = 'token_usage'
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
  from token_usage u
  left join task_executions t on $1::text = 'workflow_name' and t.id = u.task_id
  where u.created_at >= $2::timestamptz and u.created_at < $3::timestamptz
),
spent as (
  select value, hour, least(sum(nano_usd), 9223372036854775807)::bigint as nano_usd, sum(tokens)::bigint as tokens
  from calls where value is not null
  group by value, hour
),
stored as (
  select value, hour, nano_usd, tokens from budget_spend
  where dimension = $1::text and hour >= $2::timestamptz and hour < $3::timestamptz
)
select value, (extract(epoch from hour) * 1000)::float8 as hour_ms, s.nano_usd::text as nano_usd, s.tokens::text as tokens
from spent s full join stored b using (value, hour)
where (s.nano_usd is distinct from b.nano_usd or s.tokens is distinct from b.tokens)
  and $2::timestamptz >= (select time from kept_from)
