-- Finds the runs that a run has started, among those that started while it ran: at most 50,000 are looked at. No index knows
-- a run's parent, since each run's metadata changes while it runs.
from (
  select * from task_executions
  where started_at >= $2::timestamptz - interval '1 minute' and started_at <= $3::timestamptz + interval '1 minute'
  order by started_at
  limit 50000
) t
left join users u on u.id = t.user_id
where t.metadata::jsonb ->> 'parent_workflow_id' = $1 and t.workflow_id <> $4
order by t.started_at, t.id
limit 101
