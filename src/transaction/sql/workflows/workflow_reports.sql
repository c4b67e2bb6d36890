-- Reads all reports of the given workflows.
select replace(id::text, '-', '') as id, report, billed, replace(better::text, '-', '') as better
from reports
where tenant = '' and workflow = any ($1::text[])
