-- Makes the task that another writer has written for a locked workflow the workflow's task, unless we have written one, and
-- numbers our events from 2^40 on, because the numbers of both must differ within a type.
update workflows w set
  task = case when w.state is null then coalesce(t.id, a.task) else w.task end,
  seq = greatest(w.seq, 1::bigint << 40)
from unnest($1::text[], $2::uuid[]) as a (workflow, task)
left join lateral (
  select id from task_executions where workflow_id = a.workflow and id <> a.task order by started_at desc, id limit 1
) t on true
where w.tenant = '' and w.workflow = a.workflow
  and (t.id is not null or w.task <> a.task or exists (select from event_logs e where e.workflow_id = a.workflow and e.seq > w.seq))
