-- Reads the tool runs of a run, in the order in which they ended.
select agent_id, tool_name, success, duration_ms, output, error
from tool_executions
where workflow_id = $1
order by created_at, id
