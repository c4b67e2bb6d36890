-- Counts the values that the newest runs of a period have, at most 5,000: those that filters offer.
with newest as materialized (
  select t.status, t.model_used, t.provider, t.mode, t.session_id, t.user_id
  from task_executions t
  where ($1::timestamptz is null or (t.started_at >= $1 and t.created_at >= $1::timestamptz - interval '1 day'))
    and ($2::timestamptz is null or t.started_at < $2)
  order by t.started_at desc, t.id desc
  limit 5000
),
counted as (
  select v.name, v.value, count(*)::int as count, row_number() over (partition by v.name order by count(*) desc, v.value) as place
  from newest n
  left join users u on u.id = n.user_id
  cross join lateral (
    values ('status', n.status), ('model', n.model_used), ('provider', n.provider), ('mode', n.mode),
      ('session', n.session_id), ('user', u.external_id)
  ) v (name, value)
  where v.value is not null
  group by v.name, v.value
)
select name, value, count, (select count(*)::int from newest) as of_runs from counted where place <= 50 order by name, place
