-- Finds the workflow id of a run by the id of its task.
select workflow_id from task_executions where id = $1::uuid
