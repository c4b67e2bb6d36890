-- Adds the next part of a table's month, and returns its number. The caller has locked the table of parts.
insert into archives (name, month, part, detached)
select $1, $2::date, coalesce(max(part), 0) + 1, $3 from archives where name = $1 and month = $2::date
returning part
