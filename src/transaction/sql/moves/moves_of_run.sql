-- Finds the traces with moves out of a run, or into it: those that have a part in the run.
select replace(trace::text, '-', '') as trace
from moves m
where m.tenant = '' and (
  m.workflow = $1
  or m.trace in (select only_trace from workflows where tenant = '' and workflow = $1)
  or m.trace in (select trace from shares where tenant = '' and workflow = $1)
)
group by trace
