-- Sums up the calls without usage in the runs that started in some ranges of whole hours, by hour and model. A run's row is
-- made when its first span arrives, so not before its start, but for clocks that are a day wrong.
with ranges as materialized (
  select to_timestamp(since_ms / 1000) as since, to_timestamp(until_ms / 1000) as until
  from unnest($1::float8[], $2::float8[]) as a (since_ms, until_ms)
),
sums as materialized (
  select date_trunc('hour', t.started_at, 'UTC') as hour, u.key as model, sum((u.value ->> 'calls')::bigint) as calls
  from ranges r
  join task_executions t on t.started_at >= r.since and t.started_at < r.until and t.created_at >= r.since - interval '1 day'
  cross join lateral jsonb_each(t.metadata::jsonb -> 'uncounted_models') u
  where t.metadata::jsonb ? 'uncounted_models'
  group by 1, 2
)
insert into usage_rollups (dimension, hour, key, calls, prompt_tokens, completion_tokens, total_tokens, cache_read_tokens,
  cache_creation_tokens, reasoning_tokens, cost_nano_usd, unpriced_calls, unpriced_tokens)
select 'uncounted', hour, model, calls, 0, 0, 0, 0, 0, 0, 0, 0, 0 from sums
