-- Reads the tool runs of a run that took more than one attempt.
select x.tool_name as tool, (x.metadata::jsonb ->> 'attempts')::int as attempts, x.success, left(x.error, 500) as error,
  to_char(x.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ended_at
from tool_executions x
where x.workflow_id = $1 and (x.metadata::jsonb ->> 'attempts')::int > 1
order by x.created_at, x.id
limit 200
