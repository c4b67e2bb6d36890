-- Forgets a locked part that has no row.
delete from archives where name = $1 and month = $2::date and part = $3
