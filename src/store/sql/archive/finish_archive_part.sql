-- Notes that a locked part is in its file.
update archives set rows = $4, file = $5, archived_at = now(), claim = null, claimed_until = null
where name = $1 and month = $2::date and part = $3
