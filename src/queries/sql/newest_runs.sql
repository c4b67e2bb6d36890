-- Reads the last number given to an event of each run that may still have new ones: those that are named, the newest that
-- run, and the newest of all.
with followed as materialized (
  select unnest($1::text[]) as workflow
  union
  (select workflow_id from task_executions where status = 'RUNNING' order by created_at desc limit 500)
  union
  (select workflow_id from task_executions order by created_at desc limit 200)
)
select w.workflow, w.seq
from followed f
join workflows w on w.tenant = '' and w.workflow = f.workflow
