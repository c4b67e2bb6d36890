-- Locks a part that is still claimed by this process ($4) and has not changed since it was read ($5).
select from archives
where name = $1 and month = $2::date and part = $3 and rows is null and claim = $4 and changes = $5
for update
