-- Reads the shares of all traces of the given workflows, to fold them again.
select s.tenant, s.workflow, replace(s.trace::text, '-', '') as trace, s.share
from unnest($1::text[], $2::text[]) as a (tenant, workflow)
join shares s using (tenant, workflow)
