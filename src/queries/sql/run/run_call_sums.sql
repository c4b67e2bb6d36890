-- Sums up the counted calls of a run by model; their sums are those of the run.
select u.provider, u.model, count(*)::int as calls,
  coalesce(sum(u.prompt_tokens), 0)::float8 as prompt_tokens, coalesce(sum(u.completion_tokens), 0)::float8 as completion_tokens,
  coalesce(sum(u.total_tokens), 0)::float8 as total_tokens, coalesce(sum(u.cache_read_tokens), 0)::float8 as cache_read_tokens,
  coalesce(sum(u.cache_creation_tokens), 0)::float8 as cache_creation_tokens,
  coalesce(sum(u.reasoning_tokens), 0)::float8 as reasoning_tokens, coalesce(sum(u.web_searches), 0)::float8 as web_searches,
  sum(coalesce(nullif(u.cost_nano_usd, 0), (u.cost_usd * 1000000000)::bigint))::text as cost_nano_usd,
  (count(*) filter (where u.unpriced))::int as unpriced_calls
from token_usage u
where u.task_id = $1::uuid
group by u.provider, u.model
order by sum(u.cost_nano_usd) desc, sum(u.total_tokens) desc, u.provider, u.model
