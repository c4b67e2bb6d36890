-- Finds the traces that an id may mean: the trace of that id, and those of the workflow of that id.
select replace(t.trace::text, '-', '') as trace, t.epoch::text
from traces t
where t.tenant = '' and (
  replace(t.trace::text, '-', '') = lower($1)
  or t.trace in (select only_trace from workflows where tenant = '' and workflow = $1)
  or t.trace in (select trace from shares where tenant = '' and workflow = $1)
)
order by t.trace
