-- Reads tool runs by their ids.
select x.tool_name as tool, x.success, x.duration_ms, left(x.input_params::text, 20000) as input, left(x.output, 20000) as output,
  left(x.error, 20000) as error
from tool_executions x
where x.id = any ($1::uuid[]) and x.workflow_id = $2
order by x.created_at, x.id
