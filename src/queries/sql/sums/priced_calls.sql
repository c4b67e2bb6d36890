-- Reads our calls that ended from $1 to $2 and whose cost is a price and not stated, after the call $3 $4, in the order of
-- time: what a price depends on, and the cost as it is. Of the models $5 only, unless that is null.
select id::text, created_at::text as "at", to_char(created_at at time zone 'UTC', 'YYYY-MM-DD') as day,
  (extract(epoch from created_at) * 1000000)::bigint::text as "endUs", trace_id as trace, provider, model,
  request_model as "requestModel", prompt_tokens as prompt, completion_tokens as completion,
  cache_read_tokens as "cacheRead", cache_creation_tokens as "cacheWrite", reasoning_tokens as reasoning,
  cache_creation_1h_tokens as "cacheWrite1h", audio_input_tokens as "audioInput", audio_output_tokens as "audioOutput",
  image_input_tokens as "imageInput", image_output_tokens as "imageOutput", web_searches as "webSearches",
  service_tier as "serviceTier", cost_nano_usd::text as cost, coalesce(unpriced, false) as unpriced,
  price_source as source, cost_parts as parts
from token_usage
where created_at >= $1::timestamptz and created_at < $2::timestamptz
  and ($3::timestamptz is null or (created_at >= $3::timestamptz and (created_at, id) > ($3::timestamptz, $4::uuid)))
  and ($5::text[] is null or model = any ($5::text[]))
  and price_source is distinct from 'stated' and substr(id::text, 15, 1) = '8'
order by created_at, id
limit 5000
