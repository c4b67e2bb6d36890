-- Finds the latest call that ended, or run that started, before a time, in milliseconds since 1970; null where there is none.
select (extract(epoch from greatest(
  (select max(u.created_at) from token_usage u where u.created_at < to_timestamp($1::float8 / 1000)),
  (select max(t.started_at) from task_executions t where t.started_at < to_timestamp($1::float8 / 1000))
)) * 1000)::float8 as at_ms
