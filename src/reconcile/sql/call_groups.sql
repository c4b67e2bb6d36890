-- Sums the calls that ended in a time by hour or day, model and all that a bill may tell apart. Calls are grouped by the
-- hour or day in which they began, too: a provider may count those that cross midnight on the day before. $4 and $5 say
-- whether tenants and users are groups of their own.
select
  (extract(epoch from date_trunc($3, created_at, 'UTC')) * 1000)::bigint::text as at,
  (extract(epoch from date_trunc($3, created_at - coalesce(duration_ms, 0) * interval '1 millisecond', 'UTC')) * 1000)::bigint::text as began,
  provider, model, service_tier as tier, project_id as project, api_key_id as key,
  case when $4::boolean then tenant_id::text end as tenant,
  case when $5::boolean then (select external_id from users where id = user_id) end as "user",
  coalesce(unpriced, false) as "isUnpriced",
  error is not null as "isFailed",
  prompt_tokens > 200000 as "isLong",
  coalesce(price_source, '') as "priceSource",
  count(*)::text as requests,
  sum(prompt_tokens)::text as input,
  sum(cache_read_tokens)::text as cache_read,
  sum(cache_creation_tokens)::text as cache_write,
  coalesce(sum(cache_creation_1h_tokens), 0)::text as "longWrites",
  coalesce(sum(cache_creation_tokens) filter (where cache_creation_1h_tokens is null), 0)::text as "unstatedWrites",
  sum(completion_tokens)::text as output,
  coalesce(sum(web_searches), 0)::text as "webSearches",
  sum(cost_nano_usd)::text as cost,
  coalesce(sum((cost_parts ->> 'web_search')::bigint), 0)::text as "costOfSearches",
  coalesce(sum((cost_parts ->> 'cache_read')::bigint), 0)::text as "costOfReads",
  coalesce(sum((cost_parts ->> 'cache_write')::bigint), 0)::text as "costOfWrites",
  coalesce(sum((cost_parts ->> 'cache_write_1h')::bigint), 0)::text as "costOfLongWrites",
  coalesce(sum(coalesce((cost_parts ->> 'output')::bigint, 0) + coalesce((cost_parts ->> 'reasoning')::bigint, 0)
    + coalesce((cost_parts ->> 'audio_output')::bigint, 0) + coalesce((cost_parts ->> 'image_output')::bigint, 0)), 0)::text as "costOfOutput"
from token_usage
where created_at >= to_timestamp($1::double precision / 1000) and created_at < to_timestamp($2::double precision / 1000)
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
