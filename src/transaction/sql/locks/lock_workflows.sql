-- Locks the workflows, sorted, until the commit, and reads them as they are after the wait.
insert into workflows as w (tenant, workflow, task)
select '', workflow, task
from unnest($1::text[], $2::uuid[]) as a (workflow, task)
order by workflow
on conflict (tenant, workflow) do update set seq = w.seq
returning workflow, replace(task::text, '-', '') as task, seq::text, replace(last_call::text, '-', '') as last_call, replace(only_trace::text, '-', '') as only_trace, state, pruned

