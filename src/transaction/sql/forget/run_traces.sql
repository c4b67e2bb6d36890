-- Finds the traces of a run that are remembered.
select replace(t.trace::text, '-', '') as trace
from traces t
where t.tenant = '' and t.trace in (
  select only_trace from workflows where tenant = '' and workflow = $1
  union all
  select trace from shares where tenant = '' and workflow = $1
)
order by t.trace
