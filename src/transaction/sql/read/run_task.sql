-- Reads the task of a run, with its user as spans name it.
select
  t.workflow_id, u.external_id as user_id, t.status, t.query, t.result, t.duration_ms, t.agents_used, t.tools_invoked,
  t.prompt_tokens, t.completion_tokens, t.total_cost_nano_usd as cost_nano_usd, t.metadata::jsonb as metadata
from task_executions t left join users u on u.id = t.user_id
where t.workflow_id = $1
