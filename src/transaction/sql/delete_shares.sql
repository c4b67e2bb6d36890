-- Deletes the shares of traces that have no node left in the workflow.
delete from shares s
using unnest($1::text[], $2::text[], $3::uuid[]) as a (tenant, workflow, trace)
where s.tenant = a.tenant and s.workflow = a.workflow and s.trace = a.trace
