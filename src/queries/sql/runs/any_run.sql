-- Finds any run.
select 1 as one from task_executions limit 1
