-- Sums the calls that may be counted twice: the second and later ones of a response id, and of calls of one model that have
-- the same counters and time in several traces.
with calls as (
  select provider, model, response_id, prompt_tokens, completion_tokens, cache_read_tokens, cache_creation_tokens, cost_nano_usd,
    date_trunc($3, created_at, 'UTC') as bucket,
    row_number() over (partition by provider, response_id order by created_at, id) as of_id,
    dense_rank() over (
      partition by provider, model, prompt_tokens, completion_tokens, cache_read_tokens, date_trunc('second', created_at)
      order by trace_id
    ) as of_trace
  from token_usage
  where created_at >= to_timestamp($1::double precision / 1000) and created_at < to_timestamp($2::double precision / 1000)
    and error is null
)
select (extract(epoch from bucket) * 1000)::bigint::text as at, provider, model, count(*)::text as requests,
  sum(prompt_tokens)::text as input, sum(cache_read_tokens)::text as cache_read, sum(cache_creation_tokens)::text as cache_write,
  sum(completion_tokens)::text as output, sum(cost_nano_usd)::text as cost
from calls
where (response_id is not null and of_id > 1) or (response_id is null and of_trace > 1)
group by bucket, provider, model
