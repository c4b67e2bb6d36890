-- Locks the traces of a run until the commit: before its workflow, in the order of all writers.
select t.trace::text
from traces t
where t.tenant = '' and t.trace in (
  select only_trace from workflows where tenant = '' and workflow = $1
  union all
  select trace from shares where tenant = '' and workflow = $1
)
order by t.trace
for no key update
