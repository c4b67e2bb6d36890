-- Reads how a run stands, and a mark that is another one after each change of its rows: the versions of the run's row and of
-- the row with which its transactions lock it.
select t.status, coalesce(w.seq, 0)::text as seq, concat_ws(' ', t.xmin::text, w.xmin::text, w.seq::text) as mark
from task_executions t
left join workflows w on w.tenant = '' and w.workflow = t.workflow_id
where t.workflow_id = $1
