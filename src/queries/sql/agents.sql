-- Sums up the agents that started in a period, with what the calls cost that they made themselves and that ended in it.
with runs as materialized (
  select a.agent_id as agent,
    count(*) as runs,
    count(*) filter (where a.state = 'COMPLETED') as completed,
    count(*) filter (where a.state = 'FAILED') as failed,
    percentile_disc(array[0.5, 0.95, 0.99]) within group (order by a.duration_ms) as percentiles
  from agent_executions a
  where a.created_at >= $1 and a.created_at < $2
  group by a.agent_id
),
calls as materialized (
  select u.agent_id as agent,
    count(*) as calls,
    sum(u.prompt_tokens) as prompt_tokens,
    sum(u.completion_tokens) as completion_tokens,
    sum(coalesce(nullif(u.cost_nano_usd, 0), (u.cost_usd * 1000000000)::bigint)) as cost_nano_usd
  from token_usage u
  where u.created_at >= $1 and u.created_at < $2 and u.agent_id is not null
  group by u.agent_id
)
select agent, coalesce(r.runs, 0) as runs, coalesce(r.completed, 0) as completed, coalesce(r.failed, 0) as failed,
  r.percentiles[1] as p50_ms, r.percentiles[2] as p95_ms, r.percentiles[3] as p99_ms,
  coalesce(c.calls, 0) as calls, coalesce(c.prompt_tokens, 0) as prompt_tokens,
  coalesce(c.completion_tokens, 0) as completion_tokens, coalesce(c.cost_nano_usd, 0) as cost_nano_usd
from runs r
full join calls c using (agent)
order by cost_nano_usd desc, agent
