-- Finds the part of a table's month that takes rows: one that was made for them, and that no process has begun to archive.
select part from archives
where name = $1 and month = $2::date and rows is null and claim is null and not detached
order by part limit 1
