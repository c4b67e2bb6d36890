-- Sums up the agents that started in a period, with what the calls cost that they made themselves and that ended in it, and with
-- the last run that failed.
with runs as materialized (
  select a.agent_id as agent,
    count(*) as runs,
    count(*) filter (where a.state = 'COMPLETED') as completed,
    count(*) filter (where a.state = 'FAILED') as failed,
    percentile_disc(array[0.5, 0.95, 0.99]) within group (order by a.duration_ms) as percentiles,
    max(a.created_at) filter (where a.state = 'FAILED') as last_failed_at
  from agent_executions a
  where a.created_at >= $1::timestamptz and a.created_at < $2::timestamptz
  group by a.agent_id
),
calls as materialized (
  select u.agent_id as agent,
    count(*) as calls,
    sum(u.prompt_tokens) as prompt_tokens,
    sum(u.completion_tokens) as completion_tokens,
    sum(coalesce(nullif(u.cost_nano_usd, 0), (u.cost_usd * 1000000000)::bigint)) as cost_nano_usd
  from token_usage u
  where u.created_at >= $1::timestamptz and u.created_at < $2::timestamptz and u.agent_id is not null
  group by u.agent_id
)
select agent, coalesce(r.runs, 0)::float8 as runs, coalesce(r.completed, 0)::float8 as completed,
  coalesce(r.failed, 0)::float8 as failed, coalesce(r.runs - r.completed - r.failed, 0)::float8 as running,
  r.percentiles[1] as p50_ms, r.percentiles[2] as p95_ms, r.percentiles[3] as p99_ms,
  coalesce(c.calls, 0)::float8 as calls, coalesce(c.prompt_tokens, 0)::float8 as prompt_tokens,
  coalesce(c.completion_tokens, 0)::float8 as completion_tokens, coalesce(c.cost_nano_usd, 0)::text as cost_nano_usd,
  to_char(r.last_failed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last_failed_at,
  left(f.error_message, 500) as last_error, f.workflow_id as last_failed_workflow_id
from runs r
full join calls c using (agent)
left join lateral (
  select a.error_message, a.workflow_id from agent_executions a
  where a.created_at = r.last_failed_at and a.agent_id = agent and a.state = 'FAILED'
  order by a.id
  limit 1
) f on true
order by coalesce(c.cost_nano_usd, 0) desc, agent
