-- Locks those of these workflows that exist, sorted, until the commit.
select workflow from workflows where tenant = '' and workflow = any ($1::text[]) order by workflow for update
