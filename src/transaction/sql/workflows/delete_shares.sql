-- Deletes the shares of traces that have no node left in the workflow.
delete from shares s
using unnest($1::text[], $2::uuid[]) as a (workflow, trace)
where s.tenant = '' and s.workflow = a.workflow and s.trace = a.trace
