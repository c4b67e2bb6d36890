-- Reads the calls of a time that have a response id, for exports that state each request.
select response_id as id, provider, model,
  (extract(epoch from created_at) * 1000)::bigint::text as at,
  prompt_tokens as input, cache_read_tokens as cache_read, cache_creation_tokens as cache_write,
  completion_tokens as output, cost_nano_usd::text as cost
from token_usage
where created_at >= to_timestamp($1::double precision / 1000) and created_at < to_timestamp($2::double precision / 1000)
  and response_id is not null
