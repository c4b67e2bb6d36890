-- Finds runs by the beginning of their workflow id in any collation. The id of a row never changes, so that only new rows are
-- written here.
create index if not exists idx_task_workflow_beginning on task_executions (workflow_id varchar_pattern_ops);
