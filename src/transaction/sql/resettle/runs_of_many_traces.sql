-- Finds which runs have more than $2 traces.
select workflow from shares where tenant = '' and workflow = any ($1::text[]) group by workflow having count(*) > $2::int
