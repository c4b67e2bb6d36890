-- Counts the model calls that make no row of token_usage since they ended in the app while the provider went on: a time
-- limit, a cancellation, a broken connection. A call that the provider refused is not billed.
select (extract(epoch from date_trunc('day', e.timestamp, 'UTC')) * 1000)::bigint::text as at,
  coalesce(e.payload #>> '{attributes,gen_ai.response.model}', e.payload #>> '{attributes,gen_ai.request.model}', e.payload #>> '{attributes,llm.model_name}', '') as model,
  count(*)::text as calls
from event_logs e
where e.type = 'agent.thinking' and e.payload ? 'error'
  and e.payload ->> 'error' ~* 'time.?d? ?out|abort|cancel|disconnect|connection|reset|closed|interrupted|truncated'
  and e.payload ->> 'error' !~ '\m(4\d\d|5\d\d)\M'
  and e.timestamp >= to_timestamp($1::double precision / 1000) and e.timestamp < to_timestamp($2::double precision / 1000)
  and not exists (
    select from token_usage u
    where u.trace_id = e.payload ->> 'trace_id' and u.error is not null
      and u.created_at - u.duration_ms * interval '1 millisecond' between e.timestamp - interval '5 milliseconds' and e.timestamp + interval '5 milliseconds'
  )
group by 1, 2
