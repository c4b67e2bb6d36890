-- Sums up the agents that started in a period, with the last run that failed. What their calls cost is a sum of calls by agent.
-- Durations are sorted apart: in one statement all rows would be sorted by name first.
with runs as materialized (
  select a.agent_id as agent,
    count(*) as runs,
    count(*) filter (where a.state = 'COMPLETED') as completed,
    count(*) filter (where a.state = 'FAILED') as failed,
    array_agg(a.duration_ms) as durations,
    max(a.created_at) filter (where a.state = 'FAILED') as last_failed_at
  from agent_executions a
  where a.created_at >= $1::timestamptz and a.created_at < $2::timestamptz
  group by a.agent_id
)
select r.agent, r.runs::float8 as runs, r.completed::float8 as completed, r.failed::float8 as failed,
  (r.runs - r.completed - r.failed)::float8 as running,
  p.percentiles[1] as p50_ms, p.percentiles[2] as p95_ms, p.percentiles[3] as p99_ms,
  to_char(r.last_failed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last_failed_at,
  left(f.error_message, 500) as last_error, f.workflow_id as last_failed_workflow_id
from runs r
cross join lateral (
  select percentile_disc(array[0.5, 0.95, 0.99]) within group (order by d) as percentiles from unnest(r.durations) as d
) p
left join lateral (
  select a.error_message, a.workflow_id from agent_executions a
  where a.created_at = r.last_failed_at and a.agent_id = r.agent and a.state = 'FAILED'
  order by a.id
  limit 1
) f on true
order by r.agent
