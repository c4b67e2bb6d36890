-- Sums the calls of Anthropic that the model's safety filter stopped, by day and model: it bills none of them.
select (extract(epoch from date_trunc($3, u.created_at, 'UTC')) * 1000)::bigint::text as at, u.provider, u.model, count(*)::text as requests,
  sum(u.prompt_tokens)::text as input, sum(u.cache_read_tokens)::text as cache_read,
  sum(u.cache_creation_tokens)::text as cache_write, sum(u.completion_tokens)::text as output, sum(u.cost_nano_usd)::text as cost
from token_usage u
where u.provider = 'anthropic'
  and u.created_at >= to_timestamp($1::double precision / 1000) and u.created_at < to_timestamp($2::double precision / 1000)
  and exists (
    select from event_logs e
    where e.workflow_id = u.workflow_id and e.type = 'agent.thinking' and e.payload ->> 'trace_id' = u.trace_id
      and e.timestamp between u.created_at - u.duration_ms * interval '1 millisecond' - interval '5 milliseconds'
        and u.created_at - u.duration_ms * interval '1 millisecond' + interval '5 milliseconds'
      and e.payload #>> '{attributes,gen_ai.response.finish_reasons}' ~ 'refusal'
  )
group by 1, 2, 3
