-- Reads reports, and the reports that are billed in place of them.
with mine as (select id, better from reports where id = any($1::uuid[]))
select replace(id::text, '-', '') as id, report, billed, replace(better::text, '-', '') as better
from reports
where id in (select id from mine union select better from mine)
