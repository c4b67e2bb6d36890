-- Sums up the calls that ended in a period, by one of their columns, and by day where $4 says so. null: the calls that state none.
select
  case $1
    when 'model' then u.model
    when 'provider' then u.provider
    when 'agent' then u.agent_id
    when 'service-tier' then u.service_tier
    when 'user' then coalesce(n.external_id, u.user_id::text)
    when 'tenant' then u.tenant_id::text
    when 'mode' then t.mode
    when 'day' then ((u.created_at at time zone $5)::date)::text
  end as key,
  case when $4 then ((u.created_at at time zone $5)::date)::text end as day,
  count(*)::float8 as calls,
  coalesce(sum(u.prompt_tokens), 0)::float8 as prompt_tokens,
  coalesce(sum(u.completion_tokens), 0)::float8 as completion_tokens,
  coalesce(sum(u.total_tokens), 0)::float8 as total_tokens,
  coalesce(sum(u.cache_read_tokens), 0)::float8 as cache_read_tokens,
  coalesce(sum(u.cache_creation_tokens), 0)::float8 as cache_creation_tokens,
  coalesce(sum(u.reasoning_tokens), 0)::float8 as reasoning_tokens,
  coalesce(sum(coalesce(nullif(u.cost_nano_usd, 0), (u.cost_usd * 1000000000)::bigint)), 0)::text as cost_nano_usd,
  (count(*) filter (where u.unpriced))::float8 as unpriced_calls,
  coalesce(sum(u.total_tokens) filter (where u.unpriced), 0)::float8 as unpriced_tokens
from token_usage u
left join task_executions t on $1 = 'mode' and t.id = u.task_id
left join users n on $1 = 'user' and n.id = u.user_id
where u.created_at >= $2::timestamptz and u.created_at < $3::timestamptz
group by 1, 2
