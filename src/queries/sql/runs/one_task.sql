-- Reads the row of a run by its workflow id.
select
  t.id, t.workflow_id, t.status, t.query, u.external_id as user, t.session_id, t.mode, t.model_used, t.provider,
  to_char(t.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as started_at,
  to_char(t.completed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as completed_at,
  t.duration_ms, t.total_tokens, t.prompt_tokens, t.completion_tokens, t.cache_read_tokens, t.cache_creation_tokens,
  coalesce(nullif(t.total_cost_nano_usd, 0), (t.total_cost_usd * 1000000000)::bigint, 0) as total_cost_nano_usd,
  t.agents_used, t.tools_invoked, t.error_message, t.metadata::jsonb as metadata, t.result,
  to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at
from task_executions t
left join users u on u.id = t.user_id
where t.workflow_id = $1
