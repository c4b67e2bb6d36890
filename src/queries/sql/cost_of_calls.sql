-- Sums up the calls that ended in a period, by one of their columns. null: the calls that have none. Days are made of quarters of
-- an hour, of which there are few: the offset of each time zone is a multiple of them since 1972.
with sums as (
  select
    case $1
      when 'model' then u.model
      when 'provider' then u.provider
      when 'agent' then u.agent_id
      when 'service-tier' then u.service_tier
    end as name,
    case $1 when 'user' then u.user_id when 'tenant' then u.tenant_id end as id,
    case $1 when 'day' then date_bin('15 minutes', u.created_at, '2000-01-01 00:00:00Z') end as quarter,
    count(*) as calls,
    sum(u.prompt_tokens) as prompt_tokens,
    sum(u.completion_tokens) as completion_tokens,
    sum(u.cache_read_tokens) as cache_read_tokens,
    sum(u.cache_creation_tokens) as cache_creation_tokens,
    sum(coalesce(nullif(u.cost_nano_usd, 0), (u.cost_usd * 1000000000)::bigint)) as cost_nano_usd,
    count(*) filter (where u.unpriced) as unpriced_calls,
    sum(u.total_tokens) filter (where u.unpriced) as unpriced_tokens
  from token_usage u
  where u.created_at >= $2 and u.created_at < $3
  group by 1, 2, 3
)
select coalesce(s.name, s.id::text, ((s.quarter at time zone $4)::date)::text) as key,
  sum(s.calls) as calls,
  sum(s.prompt_tokens) as prompt_tokens,
  sum(s.completion_tokens) as completion_tokens,
  sum(s.cache_read_tokens) as cache_read_tokens,
  sum(s.cache_creation_tokens) as cache_creation_tokens,
  sum(s.cost_nano_usd) as cost_nano_usd,
  sum(s.unpriced_calls) as unpriced_calls,
  coalesce(sum(s.unpriced_tokens), 0) as unpriced_tokens
from sums s
group by 1
