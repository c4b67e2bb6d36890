-- Reads what the runs that began in a time say of calls that are in no sum, or may be in one twice, by day and model.
select (extract(epoch from date_trunc('day', started_at, 'UTC')) * 1000)::bigint::text as at, g.what, g.model,
  sum(g.calls)::text as calls, sum(g.tokens)::text as tokens
from task_executions t
cross join lateral (select t.metadata::jsonb as said) m
cross join lateral (
  select 'uncounted' as what, u.key as model, coalesce((u.value ->> 'calls')::bigint, 0) as calls, 0 as tokens
  from jsonb_each(m.said -> 'uncounted_models') u
  union all
  select 'unaccounted', coalesce(t.model_used, 'unknown'), 0, (m.said ->> 'unaccounted_tokens')::bigint
  where m.said ? 'unaccounted_tokens'
  union all
  select 'cut_off', coalesce(t.model_used, 'unknown'), (m.said ->> 'calls_cut_off')::bigint, 0
  where m.said ? 'calls_cut_off'
) g
where t.started_at >= to_timestamp($1::double precision / 1000) and t.started_at < to_timestamp($2::double precision / 1000)
  and m.said ?| array['uncounted_models', 'unaccounted_tokens', 'calls_cut_off']
group by 1, 2, 3
