-- Reads what a run's own row says beyond its row in lists.
select left(t.query, 20000) as query, left(t.result, 20000) as result, left(t.error_message, 20000) as error_message,
  t.metadata::jsonb as metadata,
  coalesce((select w.seq from workflows w where w.tenant = '' and w.workflow = t.workflow_id), 0)::text as seq
from task_executions t
where t.workflow_id = $1
