-- Finds the traces that an id may mean: the trace of that id, and those of the workflow of that id (with the name of its
-- tenant before it, unless that is the default tenant).
with workflow as (
  select tenant, workflow, only_trace from workflows
  where workflow = $1 or (tenant <> '' and tenant || ':' || workflow = $1)
)
select t.tenant, replace(t.trace::text, '-', '') as trace, t.epoch::text
from traces t
where replace(t.trace::text, '-', '') = lower($1)
   or (t.tenant, t.trace) in (select tenant, only_trace from workflow)
   or (t.tenant, t.trace) in (select s.tenant, s.trace from shares s join workflow w using (tenant, workflow))
order by t.tenant, t.trace
