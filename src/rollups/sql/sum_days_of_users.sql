-- Sums up the calls that ended in some ranges of whole days of UTC, by day and user. An empty key: the calls without a user.
with ranges as materialized (
  select to_timestamp(since_ms / 1000) as since, to_timestamp(until_ms / 1000) as until
  from unnest($1::float8[], $2::float8[]) as a (since_ms, until_ms)
),
sums as materialized (
  select date_trunc('day', u.created_at, 'UTC') as day, u.user_id,
    count(*) as calls, coalesce(sum(u.prompt_tokens), 0) as prompt_tokens, coalesce(sum(u.completion_tokens), 0) as completion_tokens,
    coalesce(sum(u.total_tokens), 0) as total_tokens, coalesce(sum(u.cache_read_tokens), 0) as cache_read_tokens,
    coalesce(sum(u.cache_creation_tokens), 0) as cache_creation_tokens, coalesce(sum(u.reasoning_tokens), 0) as reasoning_tokens,
    coalesce(sum(coalesce(nullif(u.cost_nano_usd, 0), (u.cost_usd * 1000000000)::bigint)), 0) as cost_nano_usd,
    count(*) filter (where u.unpriced) as unpriced_calls,
    coalesce(sum(u.total_tokens) filter (where u.unpriced), 0) as unpriced_tokens
  from ranges r
  join token_usage u on u.created_at >= r.since and u.created_at < r.until
  group by 1, 2
)
insert into usage_rollups (dimension, hour, key, calls, prompt_tokens, completion_tokens, total_tokens, cache_read_tokens,
  cache_creation_tokens, reasoning_tokens, cost_nano_usd, unpriced_calls, unpriced_tokens)
select 'user', day, coalesce(user_id::text, ''), calls, prompt_tokens, completion_tokens, total_tokens, cache_read_tokens,
  cache_creation_tokens, reasoning_tokens, cost_nano_usd, unpriced_calls, unpriced_tokens
from sums
