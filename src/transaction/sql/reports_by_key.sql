-- The reports of a workflow that share a key with these, or are one of these.
select replace(id::text, '-', '') as id, report, billed, replace(better::text, '-', '') as better
from spanledger.reports
where tenant = $1 and workflow = $2 and (keys && $3::text[] or id = any($4::uuid[]))
