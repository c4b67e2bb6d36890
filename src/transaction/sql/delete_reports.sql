-- Deletes reports that no trace contains any more.
delete from reports r
using unnest($1::text[], $2::text[], $3::uuid[]) as a (tenant, workflow, id)
where r.tenant = a.tenant and r.workflow = a.workflow and r.id = a.id
