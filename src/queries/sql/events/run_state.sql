-- Reads how a run stands, and a mark that is another one after each change of its rows: each transaction that changes rows
-- of a run counts up the version of a trace. A task that another program writes shows its changes itself.
select t.status, coalesce(w.seq, 0)::text as seq,
  concat_ws(' ', md5(t::text), w.seq::text, (
    select sum(r.version)::text from traces r
    where r.tenant = '' and r.trace in (
      select o.only_trace from workflows o where o.tenant = '' and o.workflow = $1
      union all
      select s.trace from shares s where s.tenant = '' and s.workflow = $1
    )
  )) as mark
from task_executions t
left join workflows w on w.tenant = '' and w.workflow = t.workflow_id
where t.workflow_id = $1
