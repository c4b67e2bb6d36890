-- Finds the traces that an id may mean: the trace of that id, and those of the workflow of that id.
with meant as materialized (
  select $2::uuid as trace where $2::uuid is not null
  union
  select only_trace from workflows where tenant = '' and workflow = $1 and only_trace is not null
  union
  select trace from shares where tenant = '' and workflow = $1
)
select replace(t.trace::text, '-', '') as trace, t.epoch::text, t.version::text as version
from meant m
join traces t on t.tenant = '' and t.trace = m.trace
order by t.trace
