from task_executions t
left join users u on u.id = t.user_id
where t.workflow_id = any ($1::text[])
