-- Locks the traces of a run of the default tenant until the commit: before its workflow, in the order of all writers.
select t.trace::text
from spanledger.traces t
where t.tenant = '' and t.trace in (
  select only_trace from spanledger.workflows where tenant = '' and workflow = $1
  union all
  select trace from spanledger.shares where tenant = '' and workflow = $1
)
order by t.trace
for no key update
