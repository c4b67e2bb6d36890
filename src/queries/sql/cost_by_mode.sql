-- Sums up the runs that started in a period, by mode. null: the runs that state none. A run's row is made when its first span
-- arrives, so not before its start, but for clocks that are a day wrong.
select t.mode as key,
  count(*) as runs,
  sum(t.total_tokens) as total_tokens,
  sum(coalesce(nullif(t.total_cost_nano_usd, 0), (t.total_cost_usd * 1000000000)::bigint, 0)) as cost_nano_usd
from task_executions t
where t.started_at >= $1 and t.started_at < $2 and t.created_at >= $1::timestamptz - interval '1 day'
group by t.mode
