-- Reads the agents of a run, by their start.
select a.id, a.agent_id as agent, a.state,
  to_char(a.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as started_at, a.duration_ms,
  coalesce(a.tokens_used, 0) as tokens_used, left(a.error_message, 500) as error
from agent_executions a
where a.workflow_id = $1
order by a.created_at, a.id
limit 1000
