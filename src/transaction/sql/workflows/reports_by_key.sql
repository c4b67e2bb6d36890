-- Reads the reports of a workflow that share a key with the given ones, and the given ones.
select replace(id::text, '-', '') as id, report, billed, replace(better::text, '-', '') as better
from reports
where tenant = '' and workflow = $1 and (keys && $2::text[] or id = any($3::uuid[]))
