-- Sums up the calls that ended in a period, by the mode of their runs. null: the runs that state none.
with runs as materialized (
  select u.task_id,
    count(*) as calls,
    sum(u.prompt_tokens) as prompt_tokens,
    sum(u.completion_tokens) as completion_tokens,
    sum(u.cache_read_tokens) as cache_read_tokens,
    sum(u.cache_creation_tokens) as cache_creation_tokens,
    sum(coalesce(nullif(u.cost_nano_usd, 0), (u.cost_usd * 1000000000)::bigint)) as cost_nano_usd,
    count(*) filter (where u.unpriced) as unpriced_calls,
    coalesce(sum(u.total_tokens) filter (where u.unpriced), 0) as unpriced_tokens
  from token_usage u
  where u.created_at >= $1 and u.created_at < $2
  group by u.task_id
)
select t.mode as key, sum(r.calls) as calls, sum(r.prompt_tokens) as prompt_tokens,
  sum(r.completion_tokens) as completion_tokens, sum(r.cache_read_tokens) as cache_read_tokens,
  sum(r.cache_creation_tokens) as cache_creation_tokens, sum(r.cost_nano_usd) as cost_nano_usd,
  sum(r.unpriced_calls) as unpriced_calls, sum(r.unpriced_tokens) as unpriced_tokens
from runs r
left join task_executions t on t.id = r.task_id
group by t.mode
