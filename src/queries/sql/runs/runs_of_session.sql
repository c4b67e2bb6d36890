-- Finds the other runs of a session, the latest first.
from task_executions t
left join users u on u.id = t.user_id
where t.session_id = $1 and t.workflow_id <> $2
order by t.started_at desc, t.id desc
limit 51
