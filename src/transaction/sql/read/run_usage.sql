-- Reads the billed calls of a run, in the order in which they ended.
select u.agent_id, u.provider, u.model, u.prompt_tokens, u.cache_read_tokens, u.completion_tokens, u.cost_nano_usd
from token_usage u join task_executions t on t.id = u.task_id
where t.workflow_id = $1
order by u.created_at, u.id
