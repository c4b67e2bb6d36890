-- Reads the last number given to an event of each run that may still have new ones: those that are named, the newest that
-- run, and the newest of all. Each is looked up by itself: there may be millions of workflows.
with followed as materialized (
  select unnest($1::text[]) as workflow
  union
  (select workflow_id from task_executions where status = 'RUNNING' order by created_at desc limit 500)
  union
  (select workflow_id from task_executions order by created_at desc limit 200)
),
numbers as materialized (
  select f.workflow, (select w.seq from workflows w where w.tenant = '' and w.workflow = f.workflow) as seq
  from followed f
)
select workflow, seq from numbers where seq is not null
