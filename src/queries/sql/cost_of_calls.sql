-- Sums up the calls that ended in a period, by one of their columns. null: the calls that have none.
select
  case $1
    when 'model' then u.model
    when 'provider' then u.provider
    when 'agent' then u.agent_id
    when 'service-tier' then u.service_tier
    when 'user' then u.user_id::text
    when 'tenant' then u.tenant_id::text
    when 'day' then ((u.created_at at time zone $4)::date)::text
  end as key,
  count(*) as calls,
  sum(u.prompt_tokens) as prompt_tokens,
  sum(u.completion_tokens) as completion_tokens,
  sum(u.cache_read_tokens) as cache_read_tokens,
  sum(u.cache_creation_tokens) as cache_creation_tokens,
  sum(coalesce(nullif(u.cost_nano_usd, 0), (u.cost_usd * 1000000000)::bigint)) as cost_nano_usd,
  count(*) filter (where u.unpriced) as unpriced_calls,
  coalesce(sum(u.total_tokens) filter (where u.unpriced), 0) as unpriced_tokens
from token_usage u
where u.created_at >= $2 and u.created_at < $3
group by 1
