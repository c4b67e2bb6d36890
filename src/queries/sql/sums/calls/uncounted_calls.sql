-- Names the models of calls that were answered and of which nothing says what they used, in the runs that started in a
-- period. A run's row is made when its first span arrives, so not before its start, but for clocks that are a day wrong.
select u.key as model, sum((u.value ->> 'calls')::bigint)::text as calls
from task_executions t
cross join lateral jsonb_each(t.metadata::jsonb -> 'uncounted_models') u
where t.started_at >= $1 and t.started_at < $2 and t.created_at >= $1::timestamptz - interval '1 day'
  and t.metadata::jsonb ? 'uncounted_models'
group by u.key
