-- Reads the shares that the billed reports of workflows had until now.
select s.tenant, s.workflow, s.share
from unnest($1::text[], $2::text[]) as a (tenant, workflow)
join shares s using (tenant, workflow)
where s.trace = $3
