-- Sums up sums of hours, or of days for users, by one dimension, and by day where $4 says so. null: the calls that state none.
with sums as (
  select
    case $1 when 'day' then ((s.hour at time zone $5)::date)::text else nullif(s.key, '') end as key,
    case when $4 then ((s.hour at time zone $5)::date)::text end as day,
    sum(s.calls) as calls, sum(s.prompt_tokens) as prompt_tokens, sum(s.completion_tokens) as completion_tokens,
    sum(s.total_tokens) as total_tokens, sum(s.cache_read_tokens) as cache_read_tokens,
    sum(s.cache_creation_tokens) as cache_creation_tokens, sum(s.reasoning_tokens) as reasoning_tokens,
    sum(s.cost_nano_usd) as cost_nano_usd, sum(s.unpriced_calls) as unpriced_calls, sum(s.unpriced_tokens) as unpriced_tokens
  from unnest($2::float8[], $3::float8[]) as r (since_ms, until_ms)
  join usage_rollups s on s.dimension = case $1 when 'day' then 'provider' else $1 end
    and s.hour >= to_timestamp(r.since_ms / 1000) and s.hour < to_timestamp(r.until_ms / 1000)
  group by 1, 2
)
select case when $1 = 'user' then coalesce(n.external_id, s.key) else s.key end as key, s.day,
  s.calls::float8 as calls, s.prompt_tokens::float8 as prompt_tokens, s.completion_tokens::float8 as completion_tokens,
  s.total_tokens::float8 as total_tokens, s.cache_read_tokens::float8 as cache_read_tokens,
  s.cache_creation_tokens::float8 as cache_creation_tokens, s.reasoning_tokens::float8 as reasoning_tokens,
  trunc(s.cost_nano_usd)::text as cost_nano_usd, s.unpriced_calls::float8 as unpriced_calls, s.unpriced_tokens::float8 as unpriced_tokens
from sums s
left join users n on $1 = 'user' and n.id = case when $1 = 'user' then s.key::uuid end
