-- Lets no process begin to archive a part ($1 to $3) until the commit; no row where one has begun.
select part from archives where name = $1 and month = $2::date and part = $3 and rows is null and claim is null for share
