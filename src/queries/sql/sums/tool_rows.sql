-- Sums up the tool runs that ended in a period, by tool, with the last one that failed.
-- Durations are sorted apart: in one statement all rows would be sorted by name first.
with tools as materialized (
  select x.tool_name as tool,
    count(*) as calls,
    count(*) filter (where x.success) as succeeded,
    count(*) filter (where x.success is false) as failed,
    array_agg(x.duration_ms) as durations,
    max(x.created_at) filter (where x.success is false) as last_failed_at
  from tool_executions x
  where x.created_at >= $1::timestamptz and x.created_at < $2::timestamptz
  group by x.tool_name
)
select t.tool, t.calls::float8 as calls, t.succeeded::float8 as succeeded, t.failed::float8 as failed,
  (t.calls - t.succeeded - t.failed)::float8 as running,
  p.percentiles[1] as p50_ms, p.percentiles[2] as p95_ms, p.percentiles[3] as p99_ms,
  to_char(t.last_failed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last_failed_at,
  left(f.error, 500) as last_error, f.workflow_id as last_failed_workflow_id
from tools t
cross join lateral (
  select percentile_disc(array[0.5, 0.95, 0.99]) within group (order by d) as percentiles from unnest(t.durations) as d
) p
left join lateral (
  select x.error, x.workflow_id from tool_executions x
  where x.created_at = t.last_failed_at and x.tool_name = t.tool and x.success is false
  order by x.id
  limit 1
) f on true
order by t.calls desc, t.tool
