-- Reads the reports of a workflow that share a key with the given ones, and the given ones.
select replace(id::text, '-', '') as id, report, billed, replace(better::text, '-', '') as better
from reports
where tenant = $1 and workflow = $2 and (keys && $3::text[] or id = any($4::uuid[]))
