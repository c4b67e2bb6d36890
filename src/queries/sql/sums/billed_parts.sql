-- Sums the calls that ended from $1 to $2, which is a day in UTC, by all that a line of a bill tells apart: the tokens and
-- the cost of each part (as src/settle/prices/call-cost.ts splits them), and the cost that has no parts.
with split as (
  select *,
    least(coalesce(image_input_tokens, 0), greatest(prompt_tokens - read - written, 0) - audio_in) as image_in,
    least(coalesce(image_output_tokens, 0), completion_tokens - reasoned - audio_out) as image_out
  from (
    select *,
      least(coalesce(audio_input_tokens, 0), greatest(prompt_tokens - read - written, 0)) as audio_in,
      least(coalesce(audio_output_tokens, 0), completion_tokens - reasoned) as audio_out,
      least(coalesce(cache_creation_1h_tokens, 0), written) as written_1h,
      case when price_source is null or price_source = 'stated' then '{}'::jsonb else coalesce(cost_parts, '{}') end as parts
    from (
      select *, coalesce(cache_read_tokens, 0) as read, coalesce(cache_creation_tokens, 0) as written,
        least(coalesce(reasoning_tokens, 0), completion_tokens) as reasoned
      from token_usage
      where created_at >= $1::timestamptz and created_at < $2::timestamptz
    ) as counted
  ) as spoken
)
select provider, model, service_tier as tier, project_id as project, api_key_id as key, tenant_id::text as tenant,
  price_source as source, count(*)::text as calls, coalesce(sum(web_searches), 0)::text as "webSearches",
  jsonb_build_object('quantity', sum(prompt_tokens - read - written - audio_in - image_in)::text, 'cost', coalesce(sum((parts ->> 'input')::bigint), 0)::text) as "input",
  jsonb_build_object('quantity', sum(read)::text, 'cost', coalesce(sum((parts ->> 'cache_read')::bigint), 0)::text) as "cache_read",
  jsonb_build_object('quantity', sum(written - written_1h)::text, 'cost', coalesce(sum((parts ->> 'cache_write')::bigint), 0)::text) as "cache_write",
  jsonb_build_object('quantity', sum(written_1h)::text, 'cost', coalesce(sum((parts ->> 'cache_write_1h')::bigint), 0)::text) as "cache_write_1h",
  jsonb_build_object('quantity', sum(audio_in)::text, 'cost', coalesce(sum((parts ->> 'audio_input')::bigint), 0)::text) as "audio_input",
  jsonb_build_object('quantity', sum(image_in)::text, 'cost', coalesce(sum((parts ->> 'image_input')::bigint), 0)::text) as "image_input",
  jsonb_build_object('quantity', sum(completion_tokens - reasoned - audio_out - image_out)::text, 'cost', coalesce(sum((parts ->> 'output')::bigint), 0)::text) as "output",
  jsonb_build_object('quantity', sum(reasoned)::text, 'cost', coalesce(sum((parts ->> 'reasoning')::bigint), 0)::text) as "reasoning",
  jsonb_build_object('quantity', sum(audio_out)::text, 'cost', coalesce(sum((parts ->> 'audio_output')::bigint), 0)::text) as "audio_output",
  jsonb_build_object('quantity', sum(image_out)::text, 'cost', coalesce(sum((parts ->> 'image_output')::bigint), 0)::text) as "image_output",
  coalesce(sum((parts ->> 'web_search')::bigint), 0)::text as "costOfSearches",
  coalesce(sum((parts ->> 'request')::bigint), 0)::text as "costOfRequests",
  coalesce(sum(cost_nano_usd) filter (where parts = '{}'), 0)::text as whole
from split
group by 1, 2, 3, 4, 5, 6, 7
order by 1, 2, 3, 4, 5, 6, 7
