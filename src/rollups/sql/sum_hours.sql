-- Sums up the calls that ended in some ranges of whole hours, by hour and each dimension. An empty key: the calls that have none.
with ranges as materialized (
  select to_timestamp(since_ms / 1000) as since, to_timestamp(until_ms / 1000) as until
  from unnest($1::float8[], $2::float8[]) as a (since_ms, until_ms)
),
calls as (
  select date_trunc('hour', u.created_at, 'UTC') as hour, u.model, u.provider, coalesce(u.service_tier, '') as service_tier,
    coalesce(u.tenant_id::text, '') as tenant_id, coalesce(u.agent_id, '') as agent_id, coalesce(t.mode, '') as mode,
    u.prompt_tokens, u.completion_tokens, u.total_tokens, u.cache_read_tokens, u.cache_creation_tokens, u.reasoning_tokens,
    coalesce(nullif(u.cost_nano_usd, 0), (u.cost_usd * 1000000000)::bigint) as cost_nano_usd, coalesce(u.unpriced, false) as unpriced
  from ranges r
  join token_usage u on u.created_at >= r.since and u.created_at < r.until
  left join task_executions t on t.id = u.task_id
),
sums as materialized (
  select grouping(model, provider, service_tier, tenant_id, agent_id, mode) as others, hour,
    model, provider, service_tier, tenant_id, agent_id, mode,
    count(*) as calls, coalesce(sum(prompt_tokens), 0) as prompt_tokens, coalesce(sum(completion_tokens), 0) as completion_tokens,
    coalesce(sum(total_tokens), 0) as total_tokens, coalesce(sum(cache_read_tokens), 0) as cache_read_tokens,
    coalesce(sum(cache_creation_tokens), 0) as cache_creation_tokens, coalesce(sum(reasoning_tokens), 0) as reasoning_tokens,
    coalesce(sum(cost_nano_usd), 0) as cost_nano_usd, count(*) filter (where unpriced) as unpriced_calls,
    coalesce(sum(total_tokens) filter (where unpriced), 0) as unpriced_tokens
  from calls
  group by grouping sets ((hour, model), (hour, provider), (hour, service_tier), (hour, tenant_id), (hour, agent_id), (hour, mode))
)
insert into usage_rollups (dimension, hour, key, calls, prompt_tokens, completion_tokens, total_tokens, cache_read_tokens,
  cache_creation_tokens, reasoning_tokens, cost_nano_usd, unpriced_calls, unpriced_tokens)
select
  case others when 31 then 'model' when 47 then 'provider' when 55 then 'service-tier' when 59 then 'tenant' when 61 then 'agent' else 'mode' end,
  hour,
  case others when 31 then model when 47 then provider when 55 then service_tier when 59 then tenant_id when 61 then agent_id else mode end,
  calls, prompt_tokens, completion_tokens, total_tokens, cache_read_tokens, cache_creation_tokens, reasoning_tokens,
  cost_nano_usd, unpriced_calls, unpriced_tokens
from sums
