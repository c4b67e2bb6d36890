-- Reads the status of a run.
select status from task_executions where workflow_id = $1
